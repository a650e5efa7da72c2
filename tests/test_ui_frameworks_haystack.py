"""Quoth as a Haystack component: the contract of all adapters, and its place in Haystack's own pipelines."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from haystack import Document, ExtractedAnswer, Pipeline, component
from haystack.components.builders import PromptBuilder
from haystack.components.converters import OutputAdapter
from haystack.components.joiners import AnswerJoiner
from haystack.core.errors import DeserializationError
from haystack.utils.base_serialization import _deserialize_value_with_schema, _serialize_value_with_schema

from frameworks_contract import CAFE, FERRY, FOLLOW_UP, UNKNOWN, FrameworkContract, Given, id_of
from quoth.corpus import LibraryMissing
from quoth.qa import Answer, Library
from quoth.ui.haystack_answerer import QuothAnswerer

ROUTE = "Which route bypasses Russia?"
TUNGSTEN = "What is the melting point of tungsten?"


def outcome_of(given: dict[str, Any], refusals: list[dict[str, Any]] | None) -> list[ExtractedAnswer]:
    assert ("refusal" in given) == (given["answers"] == [])
    if refusals is not None and "refusal" in given:
        refusals.append(given["refusal"])
    answers: list[ExtractedAnswer] = given["answers"]
    return answers


def pipeline(answerer: QuothAnswerer) -> Pipeline:
    """Answers as they are; refusals become a sentence."""
    pipe = Pipeline()
    pipe.add_component("quoth", answerer)
    said: Any = str  # a type, which Haystack annotates as an alias of one
    pipe.add_component("say", OutputAdapter("Not in the documents: {{ refusal.question }}", said))
    pipe.connect("quoth.refusal", "say.refusal")
    return pipe


def opened(answerer: QuothAnswerer) -> Library | None:
    return answerer._opened


class TestHaystack(FrameworkContract):
    def ask(
        self,
        library: Library,
        question: str,
        *,
        most: int = 3,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[ExtractedAnswer]:
        named = None if documents is None else list(documents)
        return outcome_of(QuothAnswerer(library, top_k=most, documents=named).run(query=question), refusals)

    async def ask_async(
        self,
        library: Library,
        question: str,
        *,
        documents: Sequence[str] | None = None,
        refusals: list[dict[str, Any]] | None = None,
    ) -> list[ExtractedAnswer]:
        named = None if documents is None else list(documents)
        return outcome_of(await QuothAnswerer(library).run_async(query=question, documents=named), refusals)

    def read(self, thing: ExtractedAnswer) -> Given:
        """The quote, after a look at how Haystack's three offsets fit together."""
        document, whole, inside = thing.document, thing.document_offset, thing.context_offset
        assert document is not None
        assert document.content is not None
        assert whole is not None
        assert inside is not None
        assert thing.context is not None
        assert thing.data == document.content[whole.start : whole.end] == thing.context[inside.start : inside.end]
        flat = thing.meta
        narrow = flat["start"] if flat["highlight_start"] is None else flat["highlight_start"]
        assert whole.start == narrow
        assert {name: document.meta[name] for name in ("title", "uri", "document_sha256", "text_sha256")} == {
            name: flat[name] for name in ("title", "uri", "document_sha256", "text_sha256")
        }
        start = whole.start - inside.start
        stop = start + len(thing.context)
        assert document.content[start:stop] == thing.context
        return Given(f"{document.id}:{start}-{stop}", thing.context, start, stop, document.id, thing.score, flat)

    def copies(self, thing: ExtractedAnswer) -> Iterator[ExtractedAnswer]:
        yield pickle.loads(pickle.dumps(thing))  # noqa: S301
        yield ExtractedAnswer.from_dict(json.loads(json.dumps(thing.to_dict())))
        yield _deserialize_value_with_schema(_serialize_value_with_schema(thing))
        yield copy.deepcopy(thing)

    def test_an_answer_is_the_narrowest_span(self, library: Library) -> None:
        outcome = library.ask(CAFE)
        assert isinstance(outcome, Answer)
        quote = outcome.quotes[0]
        assert quote.highlight is not None
        (answer,) = self.ask(library, CAFE)
        assert answer.document_offset == ExtractedAnswer.Span(quote.highlight.start, quote.highlight.stop)
        assert answer.context == quote.text
        assert answer.data is not None
        assert len(answer.data) < len(quote.text)
        assert answer.query == CAFE

    def test_the_document_is_whole_or_has_no_text(self, library: Library) -> None:
        (answer,) = QuothAnswerer(library, whole_documents=False).run(query=CAFE)["answers"]
        (full,) = QuothAnswerer(library).run(query=CAFE)["answers"]
        assert answer.document.content is None
        assert full.document.content == library.document(id_of(library, "café.md")).text
        assert (answer.document.id, answer.document.meta) == (full.document.id, full.document.meta)
        assert (answer.data, answer.document_offset) == (full.data, full.document_offset)

    def test_a_pipeline_sends_answers_and_refusals_different_ways(self, library: Library) -> None:
        pipe = pipeline(QuothAnswerer(library))
        assert pipe.run({"quoth": {"query": CAFE}}) == {"quoth": {"answers": self.ask(library, CAFE)}}
        assert pipe.run({"quoth": {"query": UNKNOWN}}) == {
            "quoth": {"answers": []},
            "say": {"output": f"Not in the documents: {UNKNOWN}"},
        }

    def test_a_pipeline_can_be_awaited(self, library: Library) -> None:
        pipe = pipeline(QuothAnswerer(library))

        async def both() -> list[dict[str, Any]]:
            return [await pipe.run_async({"quoth": {"query": question}}) for question in (CAFE, UNKNOWN)]

        answered, refused = asyncio.run(both())
        assert answered == {"quoth": {"answers": self.ask(library, CAFE)}}
        assert refused["say"] == {"output": f"Not in the documents: {UNKNOWN}"}

    def test_answers_flow_into_haystacks_own_components(self, library: Library) -> None:
        pipe = Pipeline()
        pipe.add_component("near", QuothAnswerer(library, documents=["café"]))
        pipe.add_component("far", QuothAnswerer(library, documents=["ferry"]))
        pipe.add_component("join", AnswerJoiner(sort_by_score=True))
        template = "{% for one in answers %}{{ one.context }} ({{ one.document.meta.title }}){% endfor %}"
        pipe.add_component("prompt", PromptBuilder(template, required_variables=["answers"]))
        pipe.connect("near.answers", "join.answers")
        pipe.connect("far.answers", "join.answers")
        pipe.connect("join.answers", "prompt.answers")
        said = pipe.run({"near": {"query": CAFE}, "far": {"query": FERRY}})["prompt"]["prompt"]
        (first,), (second,) = self.ask(library, CAFE), self.ask(library, FERRY)
        assert said == f"{first.context} (Naïve 😀){second.context} ({second.meta['title']})"

    def test_what_is_said_for_one_run_goes_before_what_was_set(self, library: Library) -> None:
        answerer = QuothAnswerer(library, top_k=3, documents=["café.md"])
        assert answerer.run(query=FERRY)["answers"] == []
        assert answerer.run(query=FERRY, documents=["ferry"])["answers"][0].meta["uri"] == "upload:ferry.txt"
        assert answerer.run(query=CAFE, documents=[])["answers"] == []
        assert len(answerer.run(query=CAFE, top_k=1)["answers"]) == 1

    def test_a_follow_up_question_is_completed_by_the_earlier_ones(self, library: Library) -> None:
        record = QuothAnswerer(library).run(query=FOLLOW_UP, history=[UNKNOWN])["refusal"]
        assert record["query_used"] == library.ask(FOLLOW_UP, history=[UNKNOWN]).query_used != FOLLOW_UP

    def test_a_saved_pipeline_answers_the_same(self, bundled_library: Path) -> None:
        first = pipeline(QuothAnswerer(bundled_library, top_k=2))
        saved = first.dumps()
        second = Pipeline.loads(saved, allowed_modules=["quoth.*"])
        assert second == first
        assert second.dumps() == saved
        for question in (ROUTE, TUNGSTEN):
            given = [pipe.run({"quoth": {"query": question}}) for pipe in (first, second)]
            assert given[0] == given[1]
            assert ("say" in given[0]) == (question == TUNGSTEN)
        first.close()
        second.close()

    def test_haystack_loads_it_only_from_those_it_trusts(self, bundled_library: Path) -> None:
        with pytest.raises(DeserializationError, match="allowlist"):
            Pipeline.loads(pipeline(QuothAnswerer(bundled_library)).dumps())

    def test_basic_values_say_what_it_is(self, library: Library) -> None:
        data = QuothAnswerer(library, top_k=5, documents=["café"], whole_documents=False).to_dict()
        assert data == {
            "type": "quoth.ui.haystack_answerer.QuothAnswerer",
            "init_parameters": {
                "library": str(library.folder),
                "top_k": 5,
                "documents": ["café"],
                "whole_documents": False,
            },
        }
        assert json.loads(json.dumps(data)) == data
        assert QuothAnswerer.from_dict(data).to_dict() == data

    def test_a_folder_is_opened_when_first_needed_and_closed_again(self, bundled_library: Path, tmp_path: Path) -> None:
        answerer = QuothAnswerer(str(bundled_library))
        assert opened(answerer) is None
        answerer.warm_up()
        library = opened(answerer)
        assert library is not None
        assert answerer.run(query=ROUTE)["answers"]
        answerer.warm_up()
        assert opened(answerer) is library
        answerer.close()
        answerer.close()
        assert opened(answerer) is None
        assert answerer.run(query=ROUTE)["answers"]
        answerer.close()
        with pytest.raises(LibraryMissing):
            QuothAnswerer(tmp_path / "nothing").warm_up()

    def test_an_open_library_is_its_owners_to_close(self, library: Library) -> None:
        answerer = QuothAnswerer(library)
        answerer.warm_up()
        answerer.close()
        assert opened(answerer) is None
        assert answerer.run(query=CAFE)["answers"]

    def test_its_sockets_are_typed(self, library: Library) -> None:
        @component
        class Counter:
            @component.output_types(count=int)
            def run(self, answers: list[ExtractedAnswer], documents: list[Document] | None = None) -> dict[str, int]:
                return {"count": len(answers) + len(documents or [])}

        pipe = Pipeline()
        pipe.add_component("quoth", QuothAnswerer(library))
        pipe.add_component("count", Counter())
        pipe.connect("quoth.answers", "count.answers")
        assert pipe.run({"quoth": {"query": CAFE}})["count"] == {"count": 1}
