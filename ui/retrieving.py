"""What the adapters for LangChain, LlamaIndex and Haystack have in common; knows none of the three.

A framework wants a text and a flat dictionary. What an answer record nests is laid out there by name: `start`, not
`source.start`. Nothing is left out of a quote, so that its record can be made of the two again and verified.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any, Literal, get_args

from quoth.corpus import BadRequest, DocumentId, sha256_of_text
from quoth.qa import Abstention, Library, Quote, Receipt, SearchHit

from .filing import chosen

__all__ = ["Mode", "OnAbstention", "find", "flat", "missing_library", "place_id", "scope"]

Mode = Literal["answer", "search"]
"""What is retrieved: the quotes of the answer, none when it is a refusal; or the nearest passages, unjudged."""

OnAbstention = Callable[[Abstention], object]
"""Is told of each refusal before the empty list is returned; what it returns is not looked at."""


def find(
    library: Library,
    question: str,
    mode: Mode,
    most: int,
    documents: Collection[str] | None = None,
    history: Sequence[str] = (),
) -> Sequence[Quote | SearchHit] | Abstention:
    """At most `most` quotes or passages, best first; in "answer" a refusal is handed on as such.

    `documents` as in `scope`. Raises BadRequest for a name or a mode that is not known, and whatever `Library.ask` and
    `Library.search` raise.
    """
    if mode not in get_args(Mode):
        raise BadRequest(f"The mode {mode!r} is not known; say 'answer' or 'search'.")
    named = scope(library, documents)
    if mode == "search":
        return library.search(question, most, documents=named, history=history)
    outcome = library.ask(question, quotes=most, documents=named, history=history)
    return outcome if isinstance(outcome, Abstention) else outcome.quotes


def scope(library: Library, documents: Collection[str] | None) -> list[DocumentId] | None:
    """The documents to search: those of these ids, file names or stems; an empty list is none, None is all of them.

    Raises BadRequest for a name that fits no document, or several.
    """
    return None if documents is None else chosen(library, list(documents)) or []


def flat(library: Library, found: Quote | SearchHit) -> dict[str, Any]:
    """All that is known of a quote or passage but its text: names to strings, numbers, booleans and None.

    `kind` tells a "quote", which answers, from a "passage", which nobody has judged. A passage gets a receipt here,
    so that it can be checked as a quote can. Raises UnknownDocument when its document was removed in this moment.
    """
    return {"kind": "quote", **_quote(found)} if isinstance(found, Quote) else _passage(library, found)


def place_id(found: Quote | SearchHit) -> str:
    """Names these characters of this document; the same at every asking, another for the same words elsewhere."""
    return f"{found.source.document}:{found.source.start}-{found.source.stop}"


def missing_library(error: ModuleNotFoundError, module: str, framework: str, extra: str) -> ImportError:
    """What to raise when importing `module` failed: a sentence with the remedy, or, when the framework is there and
    something else is not, the error as it is.
    """
    if not f"{module}.".startswith(f"{error.name}."):
        return error
    return ImportError(f"{framework} is not installed; run `pip install 'quoth[{extra}]'`.", name=error.name)


def _quote(quote: Quote) -> dict[str, Any]:
    highlight = quote.highlight
    return {
        **asdict(quote.source),
        "highlight_start": None if highlight is None else highlight.start,
        "highlight_stop": None if highlight is None else highlight.stop,
        "score": quote.score,
        "confidence": quote.confidence,
        "verified": quote.verified,
        "occurrence_index": quote.occurrence.index,
        "occurrence_of": quote.occurrence.of,
        **asdict(quote.receipt),
    }


def _passage(library: Library, hit: SearchHit) -> dict[str, Any]:
    document = library.document(hit.source.document)
    quote_sha256 = sha256_of_text(hit.text)
    receipt = Receipt(document.file_sha256, document.text_sha256, quote_sha256, document.extractor)
    scores = {"score": hit.score, "dense": hit.dense, "lexical": hit.lexical}
    return {"kind": "passage", **asdict(hit.source), **scores, **asdict(receipt)}
