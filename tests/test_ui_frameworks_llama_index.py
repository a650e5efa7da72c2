"""Quoth as a LlamaIndex retriever: the contract of all adapters, and its place in LlamaIndex's own engines."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pytest
from llama_index.core import QueryBundle
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]  # exported, not declared so
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events import BaseEvent
from llama_index.core.llms import MockLLM
from llama_index.core.postprocessor import SimilarityPostprocessor
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import BaseRetriever, QueryFusionRetriever
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode
from llama_index.core.storage.docstore.utils import doc_to_json, json_to_doc

from frameworks_contract import CAFE, ECHO, FERRY, UNKNOWN, FrameworkContract, Given, SearchContract
from quoth.corpus import BadRequest
from quoth.qa import Abstention, Library
from quoth.ui.llama_index_retriever import QuothAbstentionEvent, QuothRetriever
from quoth.ui.record import answer_record


class Heard(BaseEventHandler):
    """Keeps the refusals that LlamaIndex's instrumentation tells of."""

    records: list[dict[str, Any]] = []  # noqa: RUF012

    def handle(self, event: BaseEvent, **_: Any) -> None:
        if isinstance(event, QuothAbstentionEvent):
            self.records.append(event.record)


class TestLlamaIndex(FrameworkContract, SearchContract):
    def ask(
        self,
        library: Library,
        question: str,
        *,
        most: int = 3,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[NodeWithScore]:
        return self.retriever(library, refusals, top_k=most, documents=documents).retrieve(question)

    async def ask_async(
        self,
        library: Library,
        question: str,
        *,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[NodeWithScore]:
        return await self.retriever(library, refusals, documents=documents).aretrieve(question)

    def retriever(
        self, library: Library, refusals: list[dict[str, Any]] | None, **options: Any
    ) -> QuothRetriever:
        def told(abstention: Abstention) -> None:
            if refusals is not None:
                refusals.append(answer_record(abstention))

        return QuothRetriever(library, on_abstention=told, **options)

    def search(
        self, library: Library, question: str, *, most: int = 3, documents: Collection[str] | None = None
    ) -> list[NodeWithScore]:
        return QuothRetriever(library, mode="search", top_k=most, documents=documents).retrieve(question)

    def read(self, thing: NodeWithScore) -> Given:
        node = thing.node
        assert isinstance(node, TextNode)
        assert node.start_char_idx is not None
        assert node.end_char_idx is not None
        assert node.ref_doc_id is not None
        assert node.source_node is not None
        assert node.source_node.hash == node.metadata["text_sha256"]
        return Given(
            node.node_id,
            node.get_content(MetadataMode.NONE),
            node.start_char_idx,
            node.end_char_idx,
            node.ref_doc_id,
            thing.get_score(raise_error=True),
            node.metadata,
        )

    def copies(self, thing: NodeWithScore) -> Iterator[NodeWithScore]:
        yield pickle.loads(pickle.dumps(thing))  # noqa: S301
        yield copy.deepcopy(thing)
        stored = json.dumps(doc_to_json(thing.node))
        yield NodeWithScore(node=json_to_doc(json.loads(stored)), score=thing.score)
        yield NodeWithScore(node=TextNode.from_json(thing.node.to_json()), score=thing.score)

    def test_models_are_told_where_it_stands_and_no_hashes(self, library: Library) -> None:
        for thing in [*self.ask(library, CAFE), *self.search(library, CAFE)]:
            node = thing.node
            told, embedded = node.get_content(MetadataMode.LLM), node.get_content(MetadataMode.EMBED)
            assert told.endswith(node.get_content(MetadataMode.NONE).strip())
            for words in (told, embedded):
                assert words.startswith(f"title: {node.metadata['title']}\n")
                assert "None" not in words
                assert not any(f"{name}: " in words for name in node.metadata if name not in ("title", "heading"))

    def test_it_is_asked_with_a_query_bundle_too(self, library: Library) -> None:
        retriever = QuothRetriever(library)
        assert retriever.retrieve(QueryBundle(CAFE)) == retriever.retrieve(CAFE)

    def test_a_query_engine_takes_it(self, library: Library) -> None:
        """Its model gets the verbatim words (this one repeats what it is told), and is not asked after a refusal."""
        engine = RetrieverQueryEngine.from_args(QuothRetriever(library), llm=MockLLM())
        answered, refused, awaited = engine.query(CAFE), engine.query(UNKNOWN), asyncio.run(engine.aquery(FERRY))
        assert answered.source_nodes == QuothRetriever(library).retrieve(CAFE)
        assert awaited.source_nodes == QuothRetriever(library).retrieve(FERRY)
        assert answered.source_nodes[0].text in str(answered)
        assert (refused.source_nodes, str(refused)) == ([], "Empty Response")

    def test_a_postprocessor_sees_the_scores(self, library: Library) -> None:
        (quote,) = QuothRetriever(library).retrieve(CAFE)
        score = quote.get_score()
        for cutoff, kept in ((score - 0.01, [quote]), (score + 0.01, [])):
            assert SimilarityPostprocessor(similarity_cutoff=cutoff).postprocess_nodes([quote]) == kept

    def test_it_fuses_with_other_retrievers(self, library: Library) -> None:
        """Fusion tells nodes apart by their hash: the same words in two places stay two."""
        retrievers: list[BaseRetriever] = [
            QuothRetriever(library, documents=[name]) for name in ("café", "ferry", "echo")
        ]
        fusion = QueryFusionRetriever(retrievers, llm=MockLLM(), num_queries=1, use_async=False, similarity_top_k=9)
        assert [one.node_id for one in fusion.retrieve(ECHO)] == [
            one.node_id for one in QuothRetriever(library).retrieve(ECHO)
        ]

    def test_instrumentation_hears_of_refusals(self, library: Library) -> None:
        heard, root = Heard(), get_dispatcher()
        root.add_event_handler(heard)
        try:
            assert QuothRetriever(library).retrieve(UNKNOWN) == []
            assert asyncio.run(QuothRetriever(library).aretrieve(UNKNOWN)) == []
            QuothRetriever(library).retrieve(CAFE)
        finally:
            root.event_handlers.remove(heard)
        assert [record["question"] for record in heard.records] == [UNKNOWN] * 2
        assert all(record["abstention"]["nearest"] for record in heard.records)

    def test_an_event_names_its_kind(self, library: Library) -> None:
        event = QuothAbstentionEvent(record=answer_record(library.ask(UNKNOWN)))
        assert event.model_dump()["class_name"] == "QuothAbstentionEvent"

    def test_an_unknown_mode_is_an_error(self, library: Library) -> None:
        with pytest.raises(BadRequest, match="'answer' or 'search'"):
            QuothRetriever(library, mode="guess").retrieve(CAFE)  # type: ignore[arg-type]
