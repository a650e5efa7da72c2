"""Quoth as a retriever of LlamaIndex: `pip install 'quoth[llama-index]'`. Only those who use it import this module."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from quoth.qa import Abstention, Library, Quote, SearchHit

from .record import answer_record
from .retrieving import Mode, OnAbstention, find, flat, missing_library, place_id

try:
    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]  # exported, not declared so
    from llama_index.core.instrumentation.events import BaseEvent
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import (
        NodeRelationship,
        NodeWithScore,
        ObjectType,
        QueryBundle,
        RelatedNodeInfo,
        TextNode,
    )
except ModuleNotFoundError as error:
    raise missing_library(error, "llama_index.core", "LlamaIndex", "llama-index") from None

__all__ = ["QuothAbstentionEvent", "QuothRetriever"]

_TOLD_MODELS = frozenset({"title", "page", "heading"})
_EMBEDDED = frozenset({"title", "heading"})


class QuothAbstentionEvent(BaseEvent):
    """Told to LlamaIndex's instrumentation when the documents do not answer; `record` is the answer record."""

    record: dict[str, Any]

    @classmethod
    def class_name(cls) -> str:
        """The event's name in traces."""
        return "QuothAbstentionEvent"


class QuothRetriever(BaseRetriever):
    """Retrieves the quotes that answer a question (mode "answer"), or the nearest passages (mode "search").

    In "answer" an empty list is a refusal: the documents do not answer. Why is told to `on_abstention`, and to the
    instrumentation of LlamaIndex as a `QuothAbstentionEvent`. `top_k` is the most quotes or passages, `documents` (ids,
    file names or stems) says where to search. The library stays open until its owner closes it.

    A node's id is `DOCUMENT:START-STOP`, `start_char_idx` and `end_char_idx` are its place in the document that
    `ref_doc_id` names, and `metadata` is all of the quote by name, of which models are told title, page and heading.
    `retrieve` raises what `Library.ask` and `Library.search` raise, and BadRequest for a document or mode not known.
    """

    def __init__(
        self,
        library: Library,
        *,
        mode: Mode = "answer",
        top_k: int = 3,
        documents: Collection[str] | None = None,
        on_abstention: OnAbstention | None = None,
        callback_manager: CallbackManager | None = None,
    ) -> None:
        super().__init__(callback_manager)
        self.library, self.top_k, self.documents = library, top_k, documents
        self.mode: Mode = mode
        self.on_abstention = on_abstention

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._told(self._found(query_bundle.query_str))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return self._told(await asyncio.to_thread(self._found, query_bundle.query_str))

    def _found(self, question: str) -> list[NodeWithScore] | Abstention:
        found = find(self.library, question, self.mode, self.top_k, self.documents)
        return found if isinstance(found, Abstention) else [self._node(one) for one in found]

    def _told(self, found: list[NodeWithScore] | Abstention) -> list[NodeWithScore]:
        if not isinstance(found, Abstention):
            return found
        get_dispatcher(__name__).event(QuothAbstentionEvent(record=answer_record(found)))
        if self.on_abstention is not None:
            self.on_abstention(found)
        return []

    def _node(self, found: Quote | SearchHit) -> NodeWithScore:
        metadata = flat(self.library, found)
        known = {name for name, value in metadata.items() if value is not None}
        document = RelatedNodeInfo(
            node_id=found.source.document, node_type=ObjectType.DOCUMENT, hash=metadata["text_sha256"]
        )
        node = TextNode(
            id_=place_id(found),
            text=found.text,
            start_char_idx=found.source.start,
            end_char_idx=found.source.stop,
            metadata=metadata,
            excluded_llm_metadata_keys=[name for name in metadata if name not in _TOLD_MODELS & known],
            excluded_embed_metadata_keys=[name for name in metadata if name not in _EMBEDDED & known],
            relationships={NodeRelationship.SOURCE: document},
        )
        return NodeWithScore(node=node, score=found.score)
