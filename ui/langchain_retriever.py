"""Quoth as a retriever of LangChain: `pip install 'quoth[langchain]'`. Only those who use it import this module."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from quoth.qa import Abstention, Library, Quote, SearchHit

from .record import answer_record
from .retrieving import Mode, OnAbstention, find, flat, missing_library, place_id

try:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
        adispatch_custom_event,
        dispatch_custom_event,
    )
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import RunnableConfig
except ModuleNotFoundError as error:
    raise missing_library(error, "langchain_core", "LangChain", "langchain") from None

__all__ = ["ABSTENTION_EVENT", "QuothRetriever"]

ABSTENTION_EVENT = "quoth_abstention"


class QuothRetriever(BaseRetriever):
    """Retrieves the quotes that answer a question (mode "answer"), or the nearest passages (mode "search").

    In "answer" an empty list is a refusal: the documents do not answer. Why is told to `on_abstention`, and to the
    callbacks of LangChain as the custom event `quoth_abstention`, whose data is the answer record. `k` is the most
    quotes or passages, `documents` (ids, file names or stems) says where to search. The library stays open until its
    owner closes it.

    `invoke` and its kin take `documents` and `history` (the earlier questions, oldest first) for one call. They raise
    what `Library.ask` and `Library.search` raise, and BadRequest for a document that is not there. What they give has
    the id `DOCUMENT:START-STOP` and, as `metadata`, all of the quote by name, with its `uri` and `start` once more
    under LangChain's usual names, `source` and `start_index`.
    """

    library: Library
    mode: Mode = "answer"
    k: int = 3
    documents: Sequence[str] | None = None
    on_abstention: OnAbstention | None = None

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        documents: Collection[str] | None = None,
        history: Sequence[str] = (),
    ) -> list[Document]:
        found = self._found(query, documents, history)
        if isinstance(found, Abstention):
            config = RunnableConfig(callbacks=run_manager.get_child())
            dispatch_custom_event(ABSTENTION_EVENT, answer_record(found), config=config)
            return self._refused(found)
        return found

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        documents: Collection[str] | None = None,
        history: Sequence[str] = (),
    ) -> list[Document]:
        found = await asyncio.to_thread(self._found, query, documents, history)
        if isinstance(found, Abstention):
            config = RunnableConfig(callbacks=run_manager.get_child())
            await adispatch_custom_event(ABSTENTION_EVENT, answer_record(found), config=config)
            return self._refused(found)
        return found

    def _found(
        self, query: str, documents: Collection[str] | None, history: Sequence[str]
    ) -> list[Document] | Abstention:
        where = self.documents if documents is None else documents
        found = find(self.library, query, self.mode, self.k, where, history)
        return found if isinstance(found, Abstention) else [self._document(one) for one in found]

    def _refused(self, abstention: Abstention) -> list[Document]:
        if self.on_abstention is not None:
            self.on_abstention(abstention)
        return []

    def _document(self, found: Quote | SearchHit) -> Document:
        usual = {"source": found.source.uri, "start_index": found.source.start}
        return Document(found.text, id=place_id(found), metadata={**usual, **flat(self.library, found)})
