"""The question files: every row well formed, every gold answer verbatim at its offset."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXTS = ROOT / "corpus" / "texts"
DATA = Path(__file__).parent / "data"
ARTICLES = "articles.jsonl"
FOLLOWUPS = "followups.jsonl"
FILES = (ARTICLES, FOLLOWUPS)
UNANSWERABLE_KINDS = frozenset({"near", "swapped", "far", "noise"})


@dataclass(frozen=True, slots=True)
class Gold:
    """One right answer and the place it stands."""

    text: str
    document: str
    start: int


@dataclass(frozen=True, slots=True)
class Row:
    """One question of a question file."""

    id: str
    question: str
    kind: str
    answerable: bool
    answers: tuple[Gold, ...]
    history: tuple[tuple[str, str], ...]


def mapping(value: object, keys: frozenset[str]) -> dict[str, object]:
    """The value as an object with exactly these keys."""
    assert isinstance(value, dict), f"not an object: {value!r}"
    assert value.keys() == keys, f"keys {sorted(value)} instead of {sorted(keys)}"
    return value


def string(value: object) -> str:
    """The value as a string that is neither empty nor padded."""
    assert isinstance(value, str), f"not a string: {value!r}"
    assert value, "an empty string"
    assert value == value.strip(), f"padded with white space: {value!r}"
    return value


def sequence(value: object) -> list[object]:
    """The value as a list."""
    assert isinstance(value, list), f"not a list: {value!r}"
    return value


def gold(value: object) -> Gold:
    """One gold answer."""
    fields = mapping(value, frozenset({"text", "document", "start"}))
    start = fields["start"]
    assert type(start) is int, f"not a whole number: {start!r}"
    assert start >= 0, f"below zero: {start}"
    return Gold(text=string(fields["text"]), document=string(fields["document"]), start=start)


def turn(value: object) -> tuple[str, str]:
    """One earlier turn: its question and its answer."""
    fields = mapping(value, frozenset({"question", "answer"}))
    return string(fields["question"]), string(fields["answer"])


def row(line: str, *, history: bool) -> Row:
    """One line of a question file."""
    keys = {"id", "question", "kind", "answerable", "answers"} | ({"history"} if history else set())
    value: object = json.loads(line)
    fields = mapping(value, frozenset(keys))
    answerable = fields["answerable"]
    assert isinstance(answerable, bool), f"not true or false: {answerable!r}"
    return Row(
        id=string(fields["id"]),
        question=string(fields["question"]),
        kind=string(fields["kind"]),
        answerable=answerable,
        answers=tuple(gold(item) for item in sequence(fields["answers"])),
        history=tuple(turn(item) for item in sequence(fields.get("history", []))),
    )


def rows(name: str) -> list[Row]:
    """All rows of a question file."""
    content = (DATA / name).read_text(encoding="utf-8")
    assert content.endswith("\n"), f"{name} does not end with a newline"
    return [row(line, history=name == FOLLOWUPS) for line in content.removesuffix("\n").split("\n")]


def texts() -> dict[str, str]:
    """The bundled articles by file stem, decoded with no newline change."""
    return {path.stem: path.read_bytes().decode("utf-8") for path in sorted(TEXTS.glob("*.txt"))}


@pytest.mark.parametrize("name", FILES)
def test_ids_and_questions_are_unique(name: str) -> None:
    ids = [item.id for item in rows(name)]
    assert len(set(ids)) == len(ids)
    asked = [(item.question, item.history) for item in rows(name)]
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("name", FILES)
def test_every_gold_answer_is_verbatim_at_its_offset(name: str) -> None:
    documents = texts()
    for item in rows(name):
        for answer in item.answers:
            assert answer.document in documents, f"{item.id}: no document {answer.document}"
            stop = answer.start + len(answer.text)
            assert documents[answer.document][answer.start : stop] == answer.text, f"{item.id}: {answer}"


@pytest.mark.parametrize("name", FILES)
def test_gold_answers_stand_exactly_where_a_question_is_answerable(name: str) -> None:
    for item in rows(name):
        assert bool(item.answers) == item.answerable, item.id
        assert len(set(item.answers)) == len(item.answers), f"{item.id}: the same gold answer twice"


def test_articles_are_many_enough_and_a_third_is_unanswerable() -> None:
    items = rows(ARTICLES)
    unanswerable = [item for item in items if not item.answerable]
    assert len(items) >= 60
    assert 3 * len(unanswerable) >= len(items)
    assert sum(item.kind in {"near", "swapped"} for item in unanswerable) >= 22


def test_the_kind_tells_whether_a_question_is_answerable() -> None:
    for item in rows(ARTICLES):
        assert (item.kind in UNANSWERABLE_KINDS) == (not item.answerable), item.id


def test_both_means_a_gold_answer_in_each_article() -> None:
    documents = set(texts())
    both = [item for item in rows(ARTICLES) if item.kind == "both"]
    assert len(both) >= 15
    for item in both:
        assert {answer.document for answer in item.answers} == documents, item.id


def test_history_is_one_to_three_turns_with_verbatim_answers() -> None:
    documents = texts()
    for item in rows(FOLLOWUPS):
        assert 1 <= len(item.history) <= 3, item.id
        for _, answer in item.history:
            assert any(answer in text for text in documents.values()), f"{item.id}: {answer!r}"
