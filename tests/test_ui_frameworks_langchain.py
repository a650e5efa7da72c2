"""Quoth as a LangChain retriever: the contract of all adapters, and its place in LangChain's own chains."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Collection, Iterator, Sequence
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.load import dumpd, load
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import (
    ConfigurableField,
    RunnableBranch,
    RunnableConfig,
    RunnableLambda,
    RunnableParallel,
    RunnablePassthrough,
)
from langchain_core.tools import create_retriever_tool
from pydantic import ValidationError

from frameworks_contract import CAFE, ECHO, FERRY, FOLLOW_UP, UNKNOWN, FrameworkContract, Given, SearchContract, id_of
from quoth.qa import Abstention, Library
from quoth.ui.langchain_retriever import ABSTENTION_EVENT, QuothRetriever
from quoth.ui.record import answer_record

OTHER = "Who painted sunflowers?"


class Told(BaseCallbackHandler):
    """Keeps the custom events of one call."""

    def __init__(self, refusals: list[dict[str, Any]] | None = None) -> None:
        self.refusals = [] if refusals is None else refusals
        self.retrieved: list[Sequence[Document]] = []

    def on_custom_event(self, name: str, data: Any, **_: Any) -> None:
        assert name == ABSTENTION_EVENT
        self.refusals.append(data)

    def on_retriever_end(self, documents: Sequence[Document], **_: Any) -> None:
        self.retrieved.append(documents)


@pytest.mark.filterwarnings("ignore:The function `load` is in beta")
class TestLangChain(FrameworkContract, SearchContract):
    def ask(
        self,
        library: Library,
        question: str,
        *,
        most: int = 3,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[Document]:
        retriever = QuothRetriever(library=library, k=most, documents=documents)
        return retriever.invoke(question, {"callbacks": [Told(refusals)]})

    async def ask_async(
        self,
        library: Library,
        question: str,
        *,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[Document]:
        retriever = QuothRetriever(library=library, documents=documents)
        return await retriever.ainvoke(question, {"callbacks": [Told(refusals)]})

    def search(
        self, library: Library, question: str, *, most: int = 3, documents: Collection[str] | None = None
    ) -> list[Document]:
        return QuothRetriever(library=library, mode="search", k=most).invoke(question, documents=documents)

    def read(self, thing: Document) -> Given:
        flat = {name: value for name, value in thing.metadata.items() if name not in ("source", "start_index")}
        assert thing.metadata["source"] == flat["uri"]
        start = thing.metadata["start_index"]
        assert thing.id is not None
        return Given(
            thing.id, thing.page_content, start, start + len(thing.page_content), flat["document"], flat["score"], flat
        )

    def copies(self, thing: Document) -> Iterator[Document]:
        yield pickle.loads(pickle.dumps(thing))  # noqa: S301
        yield load(dumpd(thing), allowed_objects=[Document])
        yield Document.model_validate_json(thing.model_dump_json())
        yield thing.model_copy(deep=True)

    def test_it_is_a_step_of_a_chain(self, library: Library) -> None:
        retriever = QuothRetriever(library=library)

        def cited(given: dict[str, Any]) -> list[str]:
            return [f"{one.metadata['title']}: {one.page_content}" for one in given["quotes"]]

        both = RunnableParallel[str](quotes=retriever, question=RunnablePassthrough[str]())
        chain = both | RunnableLambda(cited)
        assert chain.invoke(CAFE) == [f"Naïve 😀: {retriever.invoke(CAFE)[0].page_content}"]
        assert asyncio.run(chain.ainvoke(UNKNOWN)) == []

    def test_a_chain_can_branch_on_a_refusal(self, library: Library) -> None:
        def first(documents: list[Document]) -> str:
            return documents[0].page_content

        chain = QuothRetriever(library=library) | RunnableBranch((bool, first), lambda _: "Not in the documents.")
        assert "opens at nine" in chain.invoke(CAFE)
        assert chain.invoke(UNKNOWN) == "Not in the documents."

    def test_many_questions_are_a_batch(self, library: Library) -> None:
        retriever = QuothRetriever(library=library)
        assert retriever.batch([CAFE, UNKNOWN, FERRY]) == [retriever.invoke(one) for one in (CAFE, UNKNOWN, FERRY)]

    def test_each_call_hears_of_its_own_refusals_only(self, library: Library) -> None:
        retriever = QuothRetriever(library=library)
        heard = {question: Told() for question in (UNKNOWN, CAFE, OTHER)}
        retriever.batch(list(heard), [{"callbacks": [told]} for told in heard.values()])
        assert {question: [one["question"] for one in told.refusals] for question, told in heard.items()} == {
            UNKNOWN: [UNKNOWN],
            CAFE: [],
            OTHER: [OTHER],
        }

    def test_a_refusal_stands_in_the_stream_of_events(self, library: Library) -> None:
        async def events() -> list[Any]:
            return [event async for event in QuothRetriever(library=library).astream_events(UNKNOWN, version="v2")]

        (refusal,) = [event for event in asyncio.run(events()) if event["event"] == "on_custom_event"]
        assert refusal["name"] == "quoth_abstention"
        assert refusal["data"]["abstention"]["nearest"]

    def test_who_made_the_retriever_can_be_told_instead(self, library: Library) -> None:
        told: list[Abstention] = []
        retriever = QuothRetriever(library=library, on_abstention=told.append)
        assert retriever.invoke(UNKNOWN) == asyncio.run(retriever.ainvoke(UNKNOWN)) == []
        retriever.invoke(CAFE)
        expected = library.ask(UNKNOWN)
        assert [answer_record(one) | {"elapsed_ms": 0} for one in told] == [
            answer_record(expected) | {"elapsed_ms": 0}
        ] * 2

    def test_callbacks_hear_of_every_retrieval(self, library: Library) -> None:
        told = Told()
        given = QuothRetriever(library=library).invoke(CAFE, {"callbacks": [told]})
        assert told.retrieved == [given]

    def test_documents_and_history_can_be_given_for_one_call(self, library: Library) -> None:
        retriever = QuothRetriever(library=library, documents=["café.md"])
        assert retriever.invoke(FERRY) == []
        assert retriever.invoke(FERRY, documents=["ferry.txt"])[0].metadata["title"]
        assert asyncio.run(retriever.ainvoke(FERRY, documents=["ferry"]))[0].metadata["uri"] == "upload:ferry.txt"

    def test_a_follow_up_question_is_completed_by_the_earlier_ones(self, library: Library) -> None:
        told = Told()
        assert QuothRetriever(library=library).invoke(FOLLOW_UP, {"callbacks": [told]}, history=[UNKNOWN]) == []
        (record,) = told.refusals
        assert record["query_used"] == library.ask(FOLLOW_UP, history=[UNKNOWN]).query_used != FOLLOW_UP

    def test_fields_can_be_configured_at_run_time(self, library: Library) -> None:
        retriever = QuothRetriever(library=library).configurable_fields(
            documents=ConfigurableField(id="documents"), mode=ConfigurableField(id="mode")
        )
        only = RunnableConfig(configurable={"documents": [id_of(library, "echo.txt")]})
        assert retriever.invoke(CAFE, config=only) == []
        assert retriever.invoke(ECHO, config=only)[0].metadata["uri"] == "upload:echo.txt"
        (passage, *_) = retriever.invoke(UNKNOWN, config={"configurable": {"mode": "search"}})
        assert passage.metadata["kind"] == "passage"

    def test_an_agent_gets_the_verbatim_words(self, library: Library) -> None:
        retriever = QuothRetriever(library=library)
        tool = create_retriever_tool(retriever, "documents", "Verbatim quotes.", response_format="content_and_artifact")
        call = {"name": "documents", "args": {"query": CAFE}, "id": "1", "type": "tool_call"}
        message = tool.invoke(call)
        assert message.content == message.artifact[0].page_content == retriever.invoke(CAFE)[0].page_content

    def test_what_cannot_be_is_refused_when_it_is_made(self, library: Library) -> None:
        with pytest.raises(ValidationError, match="mode"):
            QuothRetriever(library=library, mode="guess")  # type: ignore[arg-type]
        with pytest.raises(ValidationError, match="documents"):
            QuothRetriever(library=library, documents="café.md")
        with pytest.raises(ValidationError, match="library"):
            QuothRetriever(library="notes")  # type: ignore[arg-type]

    def test_it_is_one_of_langchains_own(self, library: Library) -> None:
        assert isinstance(QuothRetriever(library=library), BaseRetriever)
        assert QuothRetriever(library=library).get_name() == "QuothRetriever"
