"""What the MCP tools do: arguments that fit their schema in, a record, words and addresses out. Knows no protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from quoth.corpus import BadRequest, DocumentId, Span
from quoth.qa import Answer, DocumentRecord, Library, Source

from .filing import chosen
from .mcp_places import resource_uri, span_in
from .mcp_schemas import LONGEST_READ, tools
from .mcp_text import answer_text, documents_text, hits_text
from .record import answer_record
from .saying import where

__all__ = ["Link", "Told", "call", "documents_from"]

_Arguments = Mapping[str, Any]
_LONGEST_COMPLAINT: Final = 240


@dataclass(frozen=True, slots=True)
class Link:
    """The address of some characters, the name of their document and what stands there."""

    uri: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool gives: `record` follows its output schema, `texts` say the same to a model, `links` lead there."""

    record: dict[str, Any]
    texts: tuple[str, ...]
    links: tuple[Link, ...] = ()


def call(library: Library, name: str, arguments: _Arguments) -> Told:
    """Calls the tool of that name, which has to exist. Raises BadRequest for arguments that do not fit, and whatever
    the library raises.
    """
    _check(name, arguments)
    return _DOING[name](library, arguments)


def documents_from(library: Library, start: int, limit: int) -> tuple[tuple[DocumentRecord, ...], int, int | None]:
    """At most `limit` documents after the first `start`, how many there are, and where to go on (None at the end)."""
    documents = library.documents()
    stop = start + limit
    return documents[start:stop], len(documents), stop if stop < len(documents) else None


def _check(name: str, arguments: _Arguments) -> None:
    error = best_match(Draft202012Validator(tools()[name].input_schema).iter_errors(arguments))
    if error is not None:
        place = "".join(f"`{part}`: " for part in error.absolute_path if isinstance(part, str))
        raise BadRequest(f"The tool `{name}` cannot take that: {place}{_shortened(error.message)}.")


def _shortened(message: str) -> str:
    """Without the middle of what was sent; what is wrong with it stands at the end."""
    half = _LONGEST_COMPLAINT // 2
    return message if len(message) <= _LONGEST_COMPLAINT else f"{message[:half]} ... {message[-half:]}"


def _ask(library: Library, arguments: _Arguments) -> Told:
    outcome = library.ask(arguments["question"], quotes=int(arguments.get("quotes", 3)), **_scope(library, arguments))
    if isinstance(outcome, Answer):
        links = [_link(quote.source, "quote") for quote in outcome.quotes]
    else:
        links = [_link(quote.source, "nearest passage, not an answer") for quote in outcome.nearest]
    return Told(answer_record(outcome), (answer_text(outcome),), tuple(links))


def _search(library: Library, arguments: _Arguments) -> Told:
    question = arguments["question"]
    hits = library.search(question, int(arguments.get("limit", 10)), **_scope(library, arguments))
    record = {"question": question, "hits": [asdict(hit) for hit in hits]}
    return Told(record, (hits_text(hits),), tuple(_link(hit.source, "passage") for hit in hits))


def _read_source(library: Library, arguments: _Arguments) -> Told:
    document = library.document(_named(library, [arguments["document"]])[0])
    asked = span_in(document, int(arguments.get("start", 0)), _whole(arguments.get("stop")))
    span = Span(asked.start, min(asked.stop, asked.start + LONGEST_READ))
    text, end = document.text[span.start : span.stop], len(document.text)
    record = {
        "title": document.title,
        "uri": document.uri,
        "characters": end,
        "text_sha256": document.text_sha256,
        "document": document.id,
        "text": text,
        "start": span.start,
        "stop": span.stop,
        "page": document.page_at(span.start),
        "heading": document.heading_at(span.start),
        "line_start": document.line_at(span.start),
        "line_stop": document.line_at(span.stop - 1),
        "next": span.stop if span.stop < end else None,
    }
    said = f"{document.title}, characters {span.start} to {span.stop} of {end}, exactly as they stand:"
    link = Link(resource_uri(document.id, span), document.title, f"characters {span.start} to {span.stop}")
    return Told(record, (said, text), (link,))


def _list_documents(library: Library, arguments: _Arguments) -> Told:
    start, limit = int(arguments.get("start", 0)), int(arguments.get("limit", 100))
    documents, total, after = documents_from(library, start, limit)
    record = {"documents": [_document_record(one) for one in documents], "total": total, "next": after}
    return Told(record, (documents_text(documents, total),))


_DOING: Final[Mapping[str, Callable[[Library, _Arguments], Told]]] = {
    "ask": _ask,
    "search": _search,
    "read_source": _read_source,
    "list_documents": _list_documents,
}


def _scope(library: Library, arguments: _Arguments) -> dict[str, Any]:
    names = arguments.get("documents")
    return {
        "documents": None if names is None else _named(library, names),
        "history": tuple(arguments.get("history", ())),
    }


def _named(library: Library, names: Sequence[str]) -> list[DocumentId]:
    return chosen(library, names) or []


def _document_record(document: DocumentRecord) -> dict[str, Any]:
    return {
        "id": document.id,
        "title": document.title,
        "uri": document.uri,
        "resource": resource_uri(document.id),
        "characters": document.characters,
        "passages": document.passages,
        "file_sha256": document.file_sha256,
        "text_sha256": document.text_sha256,
        "extractor": document.extractor,
    }


def _link(source: Source, what: str) -> Link:
    uri = resource_uri(source.document, Span(source.start, source.stop))
    return Link(uri, source.title, f"{what}: {where(source)}")


def _whole(number: float | None) -> int | None:
    """JSON knows one kind of number: 5.0 is an integer to its schema."""
    return None if number is None else int(number)
