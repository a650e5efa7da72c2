"""Quoth as a component of Haystack: `pip install 'quoth[haystack]'`. Only those who use it import this module."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import Lock
from typing import Any

from quoth.corpus import Span
from quoth.qa import Abstention, Library, Quote

from .record import answer_record
from .retrieving import flat, missing_library, scope

try:
    from haystack import Document, ExtractedAnswer, component, default_from_dict, default_to_dict
except ModuleNotFoundError as error:
    raise missing_library(error, "haystack", "Haystack", "haystack") from None

__all__ = ["QuothAnswerer"]


@component
class QuothAnswerer:
    """Answers a question with verbatim quotes, as `ExtractedAnswer`, or refuses.

    Output `answers`: best first, empty when refused. `data` is the narrowest span that answers. It stands at
    `document_offset` of `document.content`, the whole text, and at `context_offset` of `context`, the quote. `meta` is
    all of the quote by name. Where `whole_documents` is false a document has no content, only its id and meta.

    Output `refusal`: the answer record of an abstention, sent only when the documents do not answer. What is connected
    to it runs then and no other time.

    `library` is the folder of a library, opened when first needed, or an open `Library`, which its owner closes.
    `top_k` is the most quotes, `documents` (ids, file names or stems) says where to search; `run` takes both for one
    call.
    """

    def __init__(
        self,
        library: str | Path | Library,
        top_k: int = 3,
        documents: list[str] | None = None,
        whole_documents: bool = True,
    ) -> None:
        self.library, self.top_k, self.documents, self.whole_documents = library, top_k, documents, whole_documents
        self._opened: Library | None = None
        self._lock = Lock()

    def to_dict(self) -> dict[str, Any]:
        """The component as basic values, the library by its folder: how a pipeline is saved."""
        folder = self.library.folder if isinstance(self.library, Library) else self.library
        return default_to_dict(
            self,
            library=str(folder),
            top_k=self.top_k,
            documents=self.documents,
            whole_documents=self.whole_documents,
        )

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> QuothAnswerer:
        """What `to_dict` gave, as a component. Raises DeserializationError for another's."""
        return default_from_dict(cls, data)

    def warm_up(self) -> None:
        """Open the library, if it is not. Raises LibraryMissing, LibraryMismatch, LibraryDamaged."""
        self._ready()

    def close(self) -> None:
        """Close the library if it was opened here."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    @component.output_types(answers=list[ExtractedAnswer], refusal=dict[str, Any])
    def run(
        self,
        query: str,
        documents: list[str] | None = None,
        history: list[str] | None = None,
        top_k: int | None = None,
    ) -> dict[str, Any]:
        """Ask `query`; `history` are the earlier questions of the conversation, oldest first.

        Raises what `Library.ask` raises, and BadRequest for a document that is not there.
        """
        library = self._ready()
        where = scope(library, self.documents if documents is None else documents)
        most = self.top_k if top_k is None else top_k
        outcome = library.ask(query, quotes=most, documents=where, history=history or ())
        if isinstance(outcome, Abstention):
            return {"answers": [], "refusal": answer_record(outcome)}
        sources = {quote.source.document: quote for quote in outcome.quotes}
        known = {id: self._document(library, quote) for id, quote in sources.items()}
        return {"answers": [_answer(library, query, one, known[one.source.document]) for one in outcome.quotes]}

    @component.output_types(answers=list[ExtractedAnswer], refusal=dict[str, Any])
    async def run_async(
        self,
        query: str,
        documents: list[str] | None = None,
        history: list[str] | None = None,
        top_k: int | None = None,
    ) -> dict[str, Any]:
        """`run`, in a thread of its own."""
        return await asyncio.to_thread(self.run, query, documents, history, top_k)

    def _ready(self) -> Library:
        if isinstance(self.library, Library):
            return self.library
        with self._lock:
            self._opened = self._opened or Library.open(self.library)
            return self._opened

    def _document(self, library: Library, quote: Quote) -> Document:
        source, receipt = quote.source, quote.receipt
        text = library.document(source.document).text if self.whole_documents else None
        hashes = {"document_sha256": receipt.document_sha256, "text_sha256": receipt.text_sha256}
        return Document(id=source.document, content=text, meta={"title": source.title, "uri": source.uri, **hashes})


def _answer(library: Library, query: str, quote: Quote, document: Document) -> ExtractedAnswer:
    place = Span(quote.source.start, quote.source.stop)
    words = quote.highlight or place
    inside = ExtractedAnswer.Span(words.start - place.start, words.stop - place.start)
    return ExtractedAnswer(
        query=query,
        score=quote.score,
        data=quote.text[inside.start : inside.end],
        document=document,
        context=quote.text,
        document_offset=ExtractedAnswer.Span(words.start, words.stop),
        context_offset=inside,
        meta=flat(library, quote),
    )
