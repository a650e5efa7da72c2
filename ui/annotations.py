"""Quotes as W3C Web Annotations (https://www.w3.org/TR/annotation-model/), which annotation tools and e-readers take.

Each has a `TextQuoteSelector` (the words, with up to 32 characters before and after) and a `TextPositionSelector`. Both
count Unicode code points, as the recommendation demands and Quoth does; the positions are into the text that Quoth read
from the source, which for plain text is the file's own and for other formats has no markup.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from typing import Any

from quoth.qa import Quote

__all__ = ["annotation_collection", "web_annotation"]

_CONTEXT = "http://www.w3.org/ns/anno.jsonld"
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`\x7f]')


def web_annotation(quote: Quote, source: str = "") -> dict[str, Any]:
    """One annotation that marks the quote. The same quote always has the same `id`.

    `source` is the document's address where it is not the quote's own `uri`, such as one it is served at.
    """
    return {"@context": _CONTEXT, **_annotation(quote, source)}


def annotation_collection(quotes: Sequence[Quote], label: str) -> dict[str, Any]:
    """The quotes as an `AnnotationCollection` of one page; `label` says what they are, such as the question."""
    items = [_annotation(quote, "") for quote in quotes]
    name = _urn("\n".join([label, *(item["id"] for item in items)]))
    page = {"id": f"{name}#page", "type": "AnnotationPage", "startIndex": 0, "items": items}
    collection = {"id": name, "type": "AnnotationCollection", "label": label, "total": len(items)}
    return {"@context": _CONTEXT, **collection, **({"first": page} if items else {})}


def _annotation(quote: Quote, source: str) -> dict[str, Any]:
    place = quote.source
    context = {name: words for name, words in (("prefix", place.prefix), ("suffix", place.suffix)) if words}
    selectors = [
        {"type": "TextQuoteSelector", "exact": quote.text, **context},
        {"type": "TextPositionSelector", "start": place.start, "end": place.stop},
    ]
    return {
        "id": _urn(f"{quote.receipt.text_sha256} {place.start} {place.stop}"),
        "type": "Annotation",
        "motivation": "highlighting",
        "target": {"type": "SpecificResource", "source": _iri(source or place.uri), "selector": selectors},
    }


def _iri(address: str) -> str:
    """The address without the characters that none may hold, such as the spaces in the name of an upload."""
    return _NO_IRI.sub(lambda sign: f"%{ord(sign[0]):02X}", address)


def _urn(name: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_OID, name).urn
