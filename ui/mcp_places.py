"""Documents and characters of them as resources of the Model Context Protocol.

`quoth://document/<id>` is the whole text of a document, `quoth://document/<id>#char=120,345` its characters 120 to 345,
end-exclusive: the fragment is that of RFC 5147 for plain text, its numbers are the `start` and `stop` of a quote. It
departs from that RFC in one thing: a line end of two characters (CRLF) counts as two, as everywhere in Quoth.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from quoth.corpus import BadRequest, Document, DocumentId, Span

if TYPE_CHECKING:  # only looked at: the addresses are known before the library is loaded
    from quoth.qa import Library

__all__ = ["DOCUMENT_TEMPLATE", "LONGEST_RESOURCE", "PLACE_TEMPLATE", "read_resource", "resource_uri", "span_in"]

DOCUMENT_TEMPLATE = "quoth://document/{id}"
PLACE_TEMPLATE = "quoth://document/{id}#char={start},{stop}"
LONGEST_RESOURCE = 1_000_000
"""Characters that one read gives."""
_URI = re.compile(r"quoth://document/(?P<id>[0-9a-f]{16})(?:#char=(?P<start>\d{1,12})?,(?P<stop>\d{1,12})?)?", re.ASCII)


def resource_uri(document: DocumentId, span: Span | None = None) -> str:
    """The address of a document, or of some characters of it.

    >>> resource_uri(DocumentId("0123456789abcdef"), Span(120, 345))
    'quoth://document/0123456789abcdef#char=120,345'
    """
    whole = DOCUMENT_TEMPLATE.format(id=document)
    return whole if span is None else f"{whole}#char={span.start},{span.stop}"


def read_resource(library: Library, uri: str) -> str:
    """The characters at an address. Raises BadRequest when there are none, or too many for one read."""
    if (parts := _URI.fullmatch(uri)) is None:
        raise BadRequest(f"{uri[:200]!r} is no address of a document here; they look like {PLACE_TEMPLATE}.")
    document = library.document(DocumentId(parts["id"]))
    span = span_in(document, int(parts["start"] or 0), None if parts["stop"] is None else int(parts["stop"]))
    if len(span) > LONGEST_RESOURCE:
        part = resource_uri(document.id, Span(span.start, span.start + LONGEST_RESOURCE))
        raise BadRequest(f"That is {len(span):,} characters; read at most {LONGEST_RESOURCE:,} at once, as in {part}.")
    return document.text[span.start : span.stop]


def span_in(document: Document, start: int, stop: int | None) -> Span:
    """Characters `start` to `stop` of the document, to its end where `stop` is None or lies beyond it.

    Raises BadRequest when no character lies there.
    """
    end = len(document.text) if stop is None else min(stop, len(document.text))
    if not 0 <= start < end:
        asked = f"{start} to {'the end' if stop is None else stop}"
        raise BadRequest(f"{document.title!r} has {len(document.text):,} characters; there are none from {asked}.")
    return Span(start, end)
