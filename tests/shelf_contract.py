"""The contract of `Shelf`, as tests: inherit, give `make`, and every promise is checked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quoth.corpus import Arrival, Document, DocumentId, LibraryDamaged, Mark, Shelf
from strategies import document_of, documents

FIRST = document_of("The first text.", (Mark(0, "page", "1"), Mark(4, "heading", "Part “one”")))
SECOND = document_of("Второй текст. 第二篇。😀 e\u0301\r\n\x00 end")
ABSENT = DocumentId("0" * 16)
CAME, LATER = Arrival("2031-05-04T09:08:07+00:00", 16), Arrival("2032-01-01T00:00:00+00:00", 17)


class ShelfContract(ABC):
    """What every adapter must do."""

    @abstractmethod
    def make(self, folder: Path) -> Shelf:
        """A shelf in `folder`: new, or the one that is there."""

    def test_a_new_shelf_is_empty(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        assert set(shelf.ids()) == set()
        assert shelf.list() == []

    def test_what_was_put_comes_back_equal(self, tmp_path: Path) -> None:
        self.make(tmp_path).put([FIRST, SECOND])
        again = self.make(tmp_path)
        assert again.get(FIRST.id) == FIRST
        assert again.get(SECOND.id) == SECOND
        assert set(again.ids()) == {FIRST.id, SECOND.id}

    @settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.differing_executors])
    @given(kept=st.lists(documents(), max_size=4))
    def test_any_documents_come_back_equal(
        self, tmp_path_factory: pytest.TempPathFactory, kept: list[Document]
    ) -> None:
        shelf = self.make(tmp_path_factory.mktemp("shelf"))
        shelf.put(kept)
        wanted = {document.id: document for document in kept}
        assert {each: shelf.get(each) for each in shelf.ids()} == wanted

    def test_the_list_has_everything_but_the_text(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST, SECOND])
        light = {each.id: each for each in shelf.list()}
        for document in (FIRST, SECOND):
            told = light[document.id]
            assert told.characters == len(document.text)
            for name in ("title", "uri", "file_sha256", "text_sha256", "extractor"):
                assert getattr(told, name) == getattr(document, name)

    def test_the_list_is_in_order_of_id(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([document_of(f"Text {number}.") for number in range(20)])
        ids = [each.id for each in shelf.list()]
        assert ids == sorted(ids)

    def test_putting_again_replaces(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST])
        renamed = document_of(FIRST.text, FIRST.marks, title="Another title")
        shelf.put([renamed, renamed])
        assert shelf.get(FIRST.id) == renamed
        assert len(shelf.list()) == 1

    def test_dropped_documents_are_gone_and_the_others_stay(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST, SECOND])
        shelf.drop([FIRST.id, ABSENT])
        assert set(shelf.ids()) == {SECOND.id}
        assert shelf.get(SECOND.id) == SECOND
        with pytest.raises(LibraryDamaged, match=FIRST.id):
            shelf.get(FIRST.id)

    def test_an_original_goes_with_its_document(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST, SECOND])
        for document in (FIRST, SECOND):
            shelf.originals.keep(document.id, document.text.encode())
        shelf.put([FIRST])
        shelf.drop([FIRST.id])
        assert self.make(tmp_path).originals.ids() == {SECOND.id}
        assert self.make(tmp_path).originals.get(SECOND.id) == SECOND.text.encode()

    def test_how_a_document_came_is_told_of_those_of_which_it_is_known(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST, SECOND], {FIRST.id: CAME, ABSENT: LATER})
        told = {each.id: each.arrival for each in self.make(tmp_path).list()}
        assert told == {FIRST.id: CAME, SECOND.id: None}
        assert shelf.get(FIRST.id) == FIRST

    def test_the_first_arrival_stays_for_as_long_as_the_document(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST], {FIRST.id: CAME})
        shelf.put([FIRST, SECOND], {FIRST.id: LATER, SECOND.id: LATER})
        shelf.put([FIRST])
        assert {each.id: each.arrival for each in shelf.list()} == {FIRST.id: CAME, SECOND.id: LATER}
        shelf.drop([FIRST.id])
        shelf.put([FIRST])
        assert {each.id: each.arrival for each in shelf.list()} == {FIRST.id: None, SECOND.id: LATER}

    def test_a_document_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST])
        with pytest.raises(LibraryDamaged, match=ABSENT):
            shelf.get(ABSENT)

    def test_a_put_that_fails_half_way_leaves_nothing(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        shelf.put([FIRST])

        def half() -> Iterator[Document]:
            yield SECOND
            raise RuntimeError("the reader crashed")

        with pytest.raises(RuntimeError):
            shelf.put(half())
        assert set(self.make(tmp_path).ids()) == {FIRST.id}

    def test_many_threads_may_use_one_shelf(self, tmp_path: Path) -> None:
        shelf = self.make(tmp_path)
        many = [document_of(f"Text number {number}.") for number in range(24)]

        def keep(document: Document) -> Document:
            shelf.put([document])
            return shelf.get(document.id)

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(keep, many)) == many
        assert len(shelf.ids()) == len(many)
