"""The front door: a folder that holds documents and their index, and answers questions with their own words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from quoth.corpus import (
    BadRequest,
    Document,
    DocumentId,
    FileLog,
    LibraryDamaged,
    LibraryMissing,
    Splitting,
    SqliteShelf,
    bundled_folder,
)
from quoth.index import Encoder, Index, open_encoder

from .adding import Adder
from .answer import Abstention, Answer, LibraryStamp
from .asking import Asker
from .caching import DocumentCache
from .calibrating import CalibrationReport, calibrate
from .conditions import conditions_of, judge_and_stamp
from .doctor import examine
from .places import default_library_path
from .reader import shipped_reader
from .reports import AddReport, DoctorReport, DocumentRecord, OnProgress, SearchHit

__all__ = ["Library"]

T = TypeVar("T")
_CATALOGUE, _ENCODER = "index.sqlite", "encoder"


class Library:
    """Open with `open` or `create`; a context manager. Reads (`ask`, `search`, ...) are safe from many threads."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        """Use `open` or `create` instead: this expects a complete folder."""
        self.folder = folder
        self._encoder = encoder
        self._index = Index(folder, encoder)
        self._shelf = SqliteShelf(folder / "shelf.sqlite")
        self._files = FileLog(folder / "files.sqlite")
        self._cache = DocumentCache(self._shelf)

    @classmethod
    def open(cls, path: str | Path | None = None, *, encoder: Encoder | str | None = None) -> Library:
        """Open the library at `path` (the default one when None). It carries its own encoder; another one is refused.

        Raises LibraryMissing, LibraryMismatch, LibraryDamaged.
        """
        folder = default_library_path() if path is None else Path(path)
        if not (folder / _CATALOGUE).exists():
            raise LibraryMissing(f"There is no library at {folder}; make one with `quoth add --library {folder} PATH`.")
        return cls(folder, open_encoder(folder / _ENCODER, encoder))

    @classmethod
    def create(
        cls,
        path: str | Path | None = None,
        *,
        encoder: Encoder | str | None = None,
        splitting: Splitting | None = None,
    ) -> Library:
        """Open the library at `path`, or make an empty one there with this encoder (a model's name, a folder, or an
        `Encoder`) and this splitting. Raises EncoderError, LibraryMismatch, LibraryDamaged.
        """
        folder = default_library_path() if path is None else Path(path)
        if (folder / _CATALOGUE).exists():
            return cls.open(folder, encoder=encoder)
        folder.mkdir(parents=True, exist_ok=True)
        library = cls(folder, open_encoder(folder / _ENCODER, encoder, carry=True))
        library._index.commit((), (), {"splitting": asdict(splitting or Splitting())})
        return library

    @classmethod
    def open_or_bundled(cls, path: str | Path | None = None) -> Library:
        """Open the library at `path`; where there is none, make it from the two bundled articles."""
        folder = default_library_path() if path is None else Path(path)
        if (folder / _CATALOGUE).exists():
            return cls.open(folder)
        library = cls.create(folder)
        library.add([bundled_folder()])
        return library

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the files. Using the library afterwards opens them again."""
        self._index.close()

    def ask(
        self,
        question: str,
        *,
        quotes: int = 3,
        documents: Collection[DocumentId] | None = None,
        history: Sequence[str] = (),
    ) -> Answer | Abstention:
        """Quote what answers `question`, at most `quotes` passages, from all documents or only those given.

        `history` are the earlier questions of the conversation, oldest first; a follow-up is completed by them.
        Raises BadQuestion, BadRequest, LibraryDamaged.
        """
        return self._steady(lambda: self._asker().ask(question, quotes, documents, history))

    def search(
        self,
        question: str,
        k: int = 10,
        *,
        documents: Collection[DocumentId] | None = None,
        history: Sequence[str] = (),
    ) -> tuple[SearchHit, ...]:
        """The `k` passages nearest to `question`, best first, without judgement; a follow-up question is completed as
        `ask` does it. Raises BadQuestion, BadRequest.
        """
        if not 1 <= k <= 1000:
            raise BadRequest(f"A search gives 1 to 1000 passages, not {k}.")
        return self._steady(lambda: self._asker().found(question, k, documents, history))

    def add(self, paths: Iterable[str | Path], progress: OnProgress | None = None) -> AddReport:
        """Bring files and folders in: new ones are added, changed ones replaced, unchanged ones cost a look at the
        file's date, and documents whose file is gone from a given folder are removed. Raises LibraryBusy, InputError.
        """
        return self._adder(progress).add_paths([Path(path) for path in paths])

    def add_files(self, files: Iterable[tuple[str, bytes]], progress: OnProgress | None = None) -> AddReport:
        """Bring in uploads, as (name, content). One of a name that is there already replaces it. Raises LibraryBusy."""
        return self._adder(progress).add_uploads(files)

    def remove(self, ids: Collection[DocumentId]) -> tuple[DocumentRecord, ...]:
        """Take documents out, all or none. Raises BadRequest for an id that is not there, LibraryBusy."""
        return self._adder(None).remove(ids)

    def documents(self) -> tuple[DocumentRecord, ...]:
        """Every document, ordered by title."""
        return self._adder(None).records()

    def document(self, id: DocumentId) -> Document:
        """One document with its text. Raises BadRequest when it is not in the library."""
        if id not in self._index.state().documents:
            raise BadRequest(f"There is no document {id} in this library; `quoth list` shows what there is.")
        return self._cache.get(id)

    @property
    def stamp(self) -> LibraryStamp:
        """Which library this is now: its id changes with documents, models and settings (a calibration is one), and
        with nothing else.
        """
        return judge_and_stamp(self.folder, self._index.state())[1]

    def calibrate(self, questions: str | Path, false_answer_rate: float) -> CalibrationReport:
        """Set how sure an answer must be, so that at most this share of the questions that the documents do not answer
        gets one: by those of the question file that are marked unanswerable. Kept with the library until its
        documents, models or settings change. Raises BadRequest, LibraryBusy.
        """
        return calibrate(self.folder, self._asker(), self._conditions, Path(questions), false_answer_rate)

    def doctor(self, *, repair: bool = False) -> DoctorReport:
        """Look at every stored part. With `repair`, rebuild the index from the stored documents first."""
        if repair:
            self._adder(None).rebuild()
        return examine(self.folder, self._index, self._shelf, self._encoder, self._conditions())

    def _asker(self) -> Asker:
        judge, stamp = judge_and_stamp(self.folder, self._index.state())
        return Asker(self._index, self._encoder, shipped_reader(), judge, self._cache.get, stamp)

    def _conditions(self) -> str:
        return conditions_of(self._index.state())

    def _steady(self, work: Callable[[], T]) -> T:
        """`work` on one generation: where a writer took a document away in the middle of it, once more on the next."""
        while True:
            before = self._index.state().generation
            try:
                result = work()
            except LibraryDamaged:
                if self._index.state().generation == before:
                    raise
            else:
                if self._index.state().generation == before:
                    return result

    def _adder(self, progress: OnProgress | None) -> Adder:
        return Adder(self.folder, self._index, self._shelf, self._files, progress)
