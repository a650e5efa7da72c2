"""The front door: a folder that holds documents and their index, and answers questions with their own words."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from quoth.corpus import BadRequest, DocumentId, Splitting, bundled_folder, make_folder
from quoth.index import Encoder, Index, mended_encoder, open_encoder

from .answer import Abstention, Answer, LibraryStamp
from .asking import Asker
from .batching import Asked, ask_many
from .calibrating import CalibrationReport, calibrate
from .conditions import judge_and_stamp
from .holding import Holding
from .mending import mend
from .places import existing_library, is_library, library_folder
from .reader import shipped_reader
from .reports import DoctorReport, OnProgress, SearchHit
from .steady import steady

__all__ = ["Library"]

_ENCODER = "encoder"


class Library(Holding):
    """Open with `open`, `create` or `open_or_bundled`; a context manager.

    Reads (`ask`, `ask_many`, `search`, `documents`, ...) are safe from many threads at once, and while somebody writes:
    each sees the library as it was before or as it is after. One may write at a time; a second one gets LibraryBusy.
    """

    @classmethod
    def open(cls, path: str | Path | None = None, *, encoder: Encoder | str | None = None) -> Library:
        """Open the library at `path` (the default one when None). It carries its own encoder; another one is refused.

        Raises LibraryMissing, LibraryMismatch, LibraryDamaged.
        """
        folder = existing_library(path)
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
        folder = library_folder(path)
        if is_library(folder):
            library = cls.open(folder, encoder=encoder)
        else:
            make_folder(folder)
            library = cls(folder, open_encoder(folder / _ENCODER, encoder, carry=True))
        if not library._index.state().generation:  # new, or its making was broken off
            library._index.commit((), (), {"splitting": asdict(splitting or Splitting())})
        return library

    @classmethod
    def repair(
        cls, path: str | Path | None = None, *, encoder: Encoder | str | None = None, progress: OnProgress | None = None
    ) -> DoctorReport:
        """What `doctor(repair=True)` does, to a library that may be too damaged to be opened. Raises LibraryMissing,
        LibraryBusy, LibraryMismatch, and LibraryDamaged where the model cannot be made anew on this machine.
        """
        folder = existing_library(path)
        found, anew = mended_encoder(folder / _ENCODER, encoder)
        mended = mend(folder, lambda name: Index(folder, found, name=name), progress)
        with cls(folder, found) as library:
            model = ("the embedding model was damaged and is made anew",) if anew else ()
            return library._examined(replace(mended, told=(*model, *mended.told)))

    @classmethod
    def open_or_bundled(cls, path: str | Path | None = None) -> Library:
        """Open the library at `path`; where there is none, make it from the two bundled articles."""
        folder = library_folder(path)
        if is_library(folder):
            return cls.open(folder)
        library = cls.create(folder)
        library.add([bundled_folder()])
        return library

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        return steady(self._index, lambda: self._asker().ask(question, quotes, documents, history))

    def ask_many(
        self, questions: Iterable[str | Asked], *, quotes: int = 3, workers: int | None = None
    ) -> Generator[Answer | Abstention, None, None]:
        """An answer a question, in their order, each the one that `ask` gives.

        `workers` threads (None: one a core) find the next ones while the first are being used. A few questions are
        taken ahead, never all, so there may be any number of them. An `Asked` is a question to some documents only, or
        one with earlier questions. Closing the generator ends it: answers under way are waited for, the rest is never
        asked. Raises BadQuestion, BadRequest, LibraryDamaged in the question's turn, and then is at its end.
        """
        return ask_many(self._index, self._asker, questions, quotes, workers)

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
        return steady(self._index, lambda: self._asker().found(question, k, documents, history))

    @property
    def stamp(self) -> LibraryStamp:
        """Which library this is now: its id changes with documents, models and settings (a calibration is one), and
        with nothing else.
        """
        return judge_and_stamp(self.folder, self._index.state())[1]

    def calibrate(
        self, questions: str | Path, false_answer_rate: float, progress: OnProgress | None = None
    ) -> CalibrationReport:
        """Set how sure an answer must be, so that at most this share of the questions that the documents do not answer
        gets one: by those of the question file that are marked unanswerable. Kept with the library until its documents,
        models or settings change; an exception of `progress` changes nothing. Raises BadRequest, LibraryBusy.
        """
        return calibrate(self.folder, self._asker(), self._conditions, Path(questions), false_answer_rate, progress)

    def _asker(self) -> Asker:
        judge, stamp = judge_and_stamp(self.folder, self._index.state())
        return Asker(self._index, self._encoder, shipped_reader(), judge, self._cache.get, stamp)
