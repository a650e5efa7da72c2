"""The catalogue: BM25 against a scan written out here, words that cannot break the query, views, rollback, damage."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quoth.corpus import DocumentId, LibraryBusy, LibraryDamaged, Passage
from quoth.index import tokens
from quoth.index.catalogue import Catalogue
from quoth.index.rows import Rows

K1, B = 1.2, 0.75


def passages(document: DocumentId, texts: Sequence[str]) -> list[Passage]:
    made, start = [], 0
    for ordinal, text in enumerate(texts):
        made.append(Passage(document, ordinal, start, start + len(text), text))
        start += len(text)
    return made


def name(number: int) -> DocumentId:
    return DocumentId(f"{number:016x}")


def fill(rows: Rows, documents: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Insert every document; gives each passage's text by its id."""
    texts: dict[int, str] = {}
    for number, parts in documents.items():
        texts.update(zip(rows.insert(name(number), passages(name(number), parts)), parts, strict=True))
    return texts


def bm25(texts: Mapping[int, str], words: Sequence[str]) -> dict[int, float]:
    """The oracle: k1 = 1.2, b = 0.75, idf = ln((N - n + 0.5) / (n + 0.5)) but at least 1e-6; passages with no word of
    `words` are left out.
    """
    counts = {at: Counter(tokens(text)) for at, text in texts.items()}
    average = sum(count.total() for count in counts.values()) / max(1, len(counts))
    scores: dict[int, float] = {}
    for at, count in counts.items():
        length = 1 - B + B * count.total() / average if average else 1.0
        for word in words:
            holding = sum(word in other for other in counts.values())
            idf = max(1e-6, math.log((len(counts) - holding + 0.5) / (holding + 0.5)))
            if count[word]:
                scores[at] = scores.get(at, 0.0) + idf * count[word] * (K1 + 1) / (count[word] + K1 * length)
    return scores


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    catalogue = Catalogue(tmp_path / "index.sqlite")
    yield catalogue
    catalogue.close()


class RolledBack(Exception):
    """Leaves a `write` block without keeping anything of it."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalogue]:
    """One file for all examples of a property: each example's writes are rolled back."""
    catalogue = Catalogue(tmp_path_factory.mktemp("shared") / "index.sqlite")
    yield catalogue
    catalogue.close()


WORDS = ["summit", "corridor", "trade", "uranium", "the", "12", "1,500", "東京都", "Ёлка", "naïve", "U.S.", "हिन्दी"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=12).map(" ".join)
DOCUMENTS = st.dictionaries(st.integers(0, 20), st.lists(TEXTS, min_size=1, max_size=4), min_size=1, max_size=6)
QUESTIONS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True).map(" ".join)


def distinct(question: str) -> list[str]:
    return list(dict.fromkeys(tokens(question)))


class TestMatching:
    @settings(deadline=None, max_examples=60)
    @given(documents=DOCUMENTS, question=QUESTIONS)
    def test_scores_are_those_of_a_scan(
        self, shared: Catalogue, documents: dict[int, list[str]], question: str
    ) -> None:
        words = distinct(question)
        with pytest.raises(RolledBack), shared.write() as rows:
            texts = fill(rows, documents)
            expected = bm25(texts, words)
            assert dict(rows.match(words, 1000)) == pytest.approx(expected, rel=1e-9)
            raise RolledBack

    @settings(deadline=None, max_examples=40)
    @given(documents=DOCUMENTS, question=QUESTIONS, k=st.integers(0, 8), data=st.data())
    def test_the_best_k_come_first_and_ties_go_to_the_smaller_id(
        self, shared: Catalogue, documents: dict[int, list[str]], question: str, k: int, data: st.DataObject
    ) -> None:
        words = distinct(question)
        with pytest.raises(RolledBack), shared.write() as rows:
            texts = fill(rows, documents)
            everything = rows.match(words, 1000)
            assert everything == sorted(everything, key=lambda row: (-row[1], row[0]))
            assert rows.match(words, k) == everything[:k]
            among = data.draw(st.lists(st.sampled_from(sorted(texts)), unique=True))
            wanted = [row for row in everything if row[0] in among]
            assert rows.match(words, 1000, among) == wanted
            raise RolledBack

    @settings(deadline=None, max_examples=40)
    @given(documents=DOCUMENTS, question=QUESTIONS)
    def test_frequencies_count_passages_not_words(
        self, shared: Catalogue, documents: dict[int, list[str]], question: str
    ) -> None:
        words = [*distinct(question), "nowhere"]
        with pytest.raises(RolledBack), shared.write() as rows:
            texts = fill(rows, documents)
            counts = {word: sum(word in tokens(text) for text in texts.values()) for word in words}
            assert rows.frequencies(words) == counts
            assert counts["nowhere"] == 0
            raise RolledBack

    def test_a_score_is_worked_out_by_hand(self, catalogue: Catalogue) -> None:
        """N = 4, n = 1, one of 2 words where the average is 2: idf * 2.2 / 2.2 = ln(3.5 / 1.5)."""
        with catalogue.write() as rows:
            (first, *_) = fill(rows, {1: ["uranium trade", "the summit", "the corridor", "the sea"]})
            assert dict(rows.match(["uranium"], 5)) == pytest.approx({first: math.log(3.5 / 1.5)})

    def test_no_words_match_nothing(self, catalogue: Catalogue) -> None:
        with catalogue.write() as rows:
            fill(rows, {1: ["the summit"]})
            assert rows.match([], 5) == []
            assert rows.match(["summit"], 5, []) == []
            assert rows.frequencies([]) == {}

    def test_an_empty_catalogue_finds_nothing(self, catalogue: Catalogue) -> None:
        with catalogue.read() as rows:
            assert (rows.count(), rows.documents(), rows.manifest()) == (0, {}, {})
            assert rows.match(["summit"], 5) == []
            assert list(rows.all_passages()) == []


OPERATIONS = st.lists(st.tuples(st.booleans(), st.integers(0, 4), st.lists(TEXTS, min_size=1, max_size=3)), max_size=14)


def contents(rows: Rows) -> dict[str, object]:
    """Everything a reader can see, with passages named by place instead of id: ids depend on the history."""
    place = {at: (passage.document, passage.ordinal) for at, passage in rows.all_passages()}
    found = {word: sorted((place[at], round(score, 9)) for at, score in rows.match([word], 1000)) for word in ALL_WORDS}
    return {
        "documents": rows.documents(),
        "passages": sorted((place[at], passage.text) for at, passage in rows.all_passages()),
        "frequencies": rows.frequencies(ALL_WORDS),
        "found": found,
    }


ALL_WORDS = distinct(" ".join(WORDS))


@settings(deadline=None, max_examples=40)
@given(operations=OPERATIONS)
def test_any_history_ends_as_if_only_the_rest_had_been_inserted(
    shared: Catalogue, operations: list[tuple[bool, int, list[str]]]
) -> None:
    left: dict[int, list[str]] = {}
    seen: list[dict[str, object]] = []
    with pytest.raises(RolledBack), shared.write() as rows:
        for insert, number, parts in operations:
            if number in left:
                assert len(rows.delete(name(number))) == len(left.pop(number))
            if insert:
                fill(rows, {number: parts})
                left[number] = parts
        seen.append(contents(rows))
        assert rows.problems() == []
        raise RolledBack
    with pytest.raises(RolledBack), shared.write() as rows:
        fill(rows, left)
        seen.append(contents(rows))
        raise RolledBack
    assert seen[0] == seen[1]


def test_deleting_what_is_not_there_does_nothing(catalogue: Catalogue) -> None:
    with catalogue.write() as rows:
        fill(rows, {1: ["the summit"]})
        before = contents(rows)
        assert rows.delete(name(2)) == []
        assert contents(rows) == before


def test_an_id_is_never_used_twice(catalogue: Catalogue) -> None:
    """A vector file of an older generation must not give its vectors to new passages."""
    used: set[int] = set()
    for _ in range(4):
        with catalogue.write() as rows:
            ids = rows.insert(name(1), passages(name(1), ["one", "two"]))
        assert used.isdisjoint(ids)
        used.update(ids)
        with catalogue.write() as rows:
            assert rows.delete(name(1)) == ids


class TestManyParameters:
    """SQLite takes a limited number of parameters a statement: longer lists go in parts."""

    COUNT = 1_203

    @pytest.fixture
    def ids(self, catalogue: Catalogue) -> list[int]:
        with catalogue.write() as rows:
            texts = fill(rows, {n: [f"word{n} common{n % 7}"] for n in range(self.COUNT)})
        return list(texts)

    def test_passages_and_documents(self, catalogue: Catalogue, ids: list[int]) -> None:
        with catalogue.read() as rows:
            assert list(rows.passages(ids)) == ids
            assert rows.passages([-5, *ids, 10**9]).keys() == set(ids)
            assert rows.ids_of([name(n) for n in reversed(range(self.COUNT))]) == ids
            assert rows.ids_of([name(10**6), name(3)]) == [ids[3]]

    def test_frequencies(self, catalogue: Catalogue, ids: list[int]) -> None:
        words = [token for n in range(len(ids)) for token in tokens(f"word{n}")]
        with catalogue.read() as rows:
            assert rows.frequencies([*words, "absent"]) == {**dict.fromkeys(words, 1), "absent": 0}

    def test_matching_among_many_is_matching_among_all(self, catalogue: Catalogue, ids: list[int]) -> None:
        with catalogue.read() as rows:
            everything = rows.match(["common3"], 5_000)
            assert len(everything) == len(range(3, self.COUNT, 7))
            assert rows.match(["common3"], 5_000, ids) == everything
            assert rows.match(["common3"], 9, list(reversed(ids))) == everything[:9]

    def test_a_question_of_as_many_words_as_a_question_can_have(self, catalogue: Catalogue, ids: list[int]) -> None:
        words = [f"word{n}" for n in range(2_000)]
        with catalogue.read() as rows:
            assert [at for at, _ in rows.match(words, 5_000)] == ids


ODD = [
    "*", '"', "'", "a*", "OR", "AND", "NOT", "NEAR", "NEAR(a b, 2)", "tokens:", "-x", "^x", "a+b", "{a b}", "(", "\x00",
    "a\x00b", "%", "_", ";", "--", "DROP TABLE passages", "\\", "e\u0301", "\u0301", "東京", "ไทย", "ﷺ", "😀", "\ufeff",
    "\u200d", "a\u20ddb", "1e9", "3.14", "1,5", "٣", "²", "½", "ǅ", "ß", "İ", "ſ", "𝔘𝔫𝔦", "ᾳ", "한국어",
]  # fmt: skip
ODD_TEXTS = st.lists(st.sampled_from(ODD), min_size=1, max_size=8).map(" ".join)


class TestOddWords:
    @settings(deadline=None, max_examples=80)
    @given(parts=st.lists(ODD_TEXTS, min_size=1, max_size=5), question=ODD_TEXTS)
    def test_no_text_and_no_question_breaks_the_query(self, shared: Catalogue, parts: list[str], question: str) -> None:
        words = distinct(question)
        with pytest.raises(RolledBack), shared.write() as rows:
            texts = fill(rows, {1: parts})
            assert dict(rows.match(words, 1000)) == pytest.approx(bm25(texts, words), rel=1e-9)
            assert rows.frequencies(words) == {w: sum(w in tokens(part) for part in parts) for w in words}
            raise RolledBack

    @settings(deadline=None, max_examples=80)
    @given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
    def test_any_text_can_be_put_in_asked_for_and_taken_out(self, shared: Catalogue, text: str) -> None:
        with pytest.raises(RolledBack), shared.write() as rows:
            (at,) = rows.insert(name(1), passages(name(1), [text]))
            assert rows.passages([at])[at].text == text
            assert [found for found, _ in rows.match(distinct(text), 5)] in ([at], [])
            assert rows.delete(name(1)) == [at]
            assert rows.match(distinct(text), 5) == []
            assert not any(rows.frequencies(distinct(text)).values())
            assert rows.problems() == []
            raise RolledBack

    @pytest.mark.parametrize("word", ["or", "and", "not", "near", "tokens", "rowid", "rank"])
    def test_words_of_the_query_language_are_only_words(self, catalogue: Catalogue, word: str) -> None:
        with catalogue.write() as rows:
            texts = fill(rows, {1: [f"this {word} that", "this that", "neither"]})
            assert dict(rows.match([word], 5)) == pytest.approx(bm25(texts, [word]))

    def test_a_word_is_not_a_prefix(self, catalogue: Catalogue) -> None:
        with catalogue.write() as rows:
            (_, second) = fill(rows, {1: ["corridors", "corr"]})
            assert [at for at, _ in rows.match(["corr"], 5)] == [second]


class TestTransactions:
    def test_a_view_stays_what_it_was_while_another_commits(self, catalogue: Catalogue, tmp_path: Path) -> None:
        writer = Catalogue(tmp_path / "index.sqlite")
        with catalogue.write() as rows:
            fill(rows, {1: ["the summit"], 2: ["the corridor"]})
            rows.note({"generation": 1})
        with catalogue.read() as view:
            before = (view.manifest(), contents(view))
            with writer.write() as rows:
                rows.delete(name(1))
                fill(rows, {3: ["uranium trade", "the corridor"]})
                rows.note({"generation": 2})
            assert (view.manifest(), contents(view)) == before
        with catalogue.read() as view:
            assert view.manifest() == {"generation": 2}
            assert view.documents() == {name(2): 1, name(3): 2}
        writer.close()

    @pytest.mark.parametrize("reason", [RolledBack, KeyboardInterrupt, sqlite3.IntegrityError])
    def test_a_block_that_raises_leaves_nothing(self, catalogue: Catalogue, reason: type[BaseException]) -> None:
        with catalogue.write() as rows:
            fill(rows, {1: ["the summit", "the sea"]})
            rows.note({"generation": 1})
            before = contents(rows)
        with pytest.raises((reason, LibraryDamaged)), catalogue.write() as rows:
            rows.delete(name(1))
            fill(rows, {2: ["the summit was long"]})
            rows.note({"generation": 2})
            raise reason
        with catalogue.read() as rows:
            assert contents(rows) == before
            assert rows.manifest() == {"generation": 1}
            assert rows.problems() == []

    def test_the_same_document_twice_is_refused_and_nothing_of_it_stays(self, catalogue: Catalogue) -> None:
        with pytest.raises(LibraryDamaged, match="UNIQUE"), catalogue.write() as rows:
            fill(rows, {1: ["one"]})
            fill(rows, {1: ["two"]})
        with catalogue.read() as rows:
            assert rows.documents() == {}

    def test_facts_keep_their_json_types(self, catalogue: Catalogue) -> None:
        facts: dict[str, object] = {
            "a": 1,
            "b": None,
            "c": [1.5, True, "東京"],
            "d": {"x": {"y": []}},
            "quote'\"": "\x00",
        }
        with catalogue.write() as rows:
            rows.note({"a": 0, "kept": "yes"})
            rows.note(facts)
        with catalogue.read() as rows:
            assert rows.manifest() == {"kept": "yes", **facts}

    def test_each_thread_has_a_view_of_its_own(self, catalogue: Catalogue) -> None:
        """Many readers at once, and one that writes: no reader sees half a commit."""
        with catalogue.write() as rows:
            fill(rows, {n: [f"word{n}", "pair"] for n in range(5)})

        def look(_: int) -> bool:
            with catalogue.read() as rows:
                visible = rows.documents()
                found = rows.match(["pair"], 100)
                return sum(visible.values()) == rows.count() == 2 * len(found) == 2 * rows.frequencies(["pair"])["pair"]

        def change(number: int) -> bool:
            with catalogue.write() as rows:
                rows.delete(name(number % 5))
                fill(rows, {100 + number: [f"other{number}", "pair"], 200 + number: ["more", "pair"]})
            return True

        with ThreadPoolExecutor(6) as pool:
            looks, changes = pool.map(look, range(60)), pool.map(change, range(12))
            assert all(looks)
            assert all(changes)
        with catalogue.read() as rows:
            assert rows.problems() == []
            assert len(rows.documents()) == 24


class TestBadFiles:
    def test_a_locked_file_is_busy_not_damaged(self, catalogue: Catalogue, tmp_path: Path) -> None:
        with catalogue.read() as rows:
            rows.count()
        catalogue._connection().execute("PRAGMA busy_timeout=1")
        other = sqlite3.connect(tmp_path / "index.sqlite", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryBusy, match="another process is writing"), catalogue.write():
            pass
        with catalogue.read() as rows:
            assert rows.count() == 0
        other.execute("ROLLBACK")
        other.close()
        with catalogue.write() as rows:
            fill(rows, {1: ["free again"]})

    def test_a_writer_beside_it_is_no_problem_of_the_file(self, catalogue: Catalogue, tmp_path: Path) -> None:
        """The doctor may look while another process writes."""
        with catalogue.write() as rows:
            fill(rows, {1: ["the summit"]})
        catalogue._connection().execute("PRAGMA busy_timeout=1")
        writer = Catalogue(tmp_path / "index.sqlite")
        with writer.write() as rows:
            fill(rows, {2: ["the sea"]})
            with catalogue.read() as view:
                assert view.problems() == []
        writer.close()

    def test_a_file_that_may_only_be_read_has_no_problem(self, catalogue: Catalogue) -> None:
        with catalogue.write() as rows:
            fill(rows, {1: ["the summit"]})
        catalogue._connection().execute("PRAGMA query_only=1")
        with catalogue.read() as rows:
            assert rows.problems() == []

    @pytest.mark.parametrize("content", [b"not a database at all" * 300, b"SQLite format 3\x00" + b"\xff" * 5000])
    def test_a_file_that_is_no_catalogue_is_named(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "index.sqlite").write_bytes(content)
        catalogue = Catalogue(tmp_path / "index.sqlite")
        with pytest.raises(LibraryDamaged, match=r"index\.sqlite.*quoth doctor"), catalogue.read() as rows:
            rows.count()
        catalogue.close()

    def test_another_programs_database_is_named(self, tmp_path: Path) -> None:
        with sqlite3.connect(tmp_path / "index.sqlite") as sql:
            sql.execute("CREATE TABLE recipes (name TEXT)")
        sql.close()
        catalogue = Catalogue(tmp_path / "index.sqlite")
        with pytest.raises(LibraryDamaged, match="no such table"), catalogue.read() as rows:
            rows.count()
        catalogue.close()

    def test_words_that_do_not_fit_the_passages_are_found(self, catalogue: Catalogue) -> None:
        """An index torn inside: the words of a block of the lexical index are overwritten."""
        with catalogue.write() as rows:
            fill(rows, {n: [f"word{n} and more words of its own"] for n in range(50)})
        with catalogue.write():
            catalogue._connection().execute("UPDATE lexical_data SET block = zeroblob(40) WHERE id > 100")
        catalogue.close()
        with catalogue.read() as rows:
            assert any("lexical" in problem or "malformed" in problem for problem in rows.problems())

    def test_a_closed_catalogue_opens_again(self, catalogue: Catalogue) -> None:
        with catalogue.write() as rows:
            fill(rows, {1: ["the summit"]})
        catalogue.close()
        catalogue.close()
        with catalogue.read() as rows:
            assert rows.documents() == {name(1): 1}
