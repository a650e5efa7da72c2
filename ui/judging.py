"""Keeping what people say of answers: a press on the page becomes a row of the library's feedback file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from quoth.corpus import DocumentId
from quoth.qa import Feedback, FeedbackFile, Gold, Library

from .filtering import scope_of
from .permission import granted
from .saying import count
from .sent import earlier_questions, object_of, span_in, string_in
from .tokens import Access
from .utf16 import code_points

__all__ = ["Judging", "counted"]

_LONGEST: Final = 2_000
_MOVED = "these words do not stand there any more; ask again and judge the new answer"


class Judging:
    """The acts `keep` and `withdraw` of the Ask tab, over one library."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._file = FeedbackFile(library.folder)

    def keep(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Keeps a judgement in the place of the one that `instead` names. Raises QuothError."""
        try:
            feedback = self._feedback(asked)
        except ValueError as error:
            return {"error": f"This cannot be kept: {error}."}
        id = self._file.keep(feedback, instead_of=string_in(asked, "instead"))
        return {"id": id, "kept": counted(self._file), "gold": feedback.gold.text if feedback.gold else ""}

    def withdraw(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Takes a judgement back; one that is gone already is no mistake. Raises QuothError."""
        self._file.withdraw(string_in(asked, "id"))
        return {"kept": counted(self._file)}

    def _feedback(self, asked: Mapping[str, Any]) -> Feedback:
        """Raises ValueError for what cannot be said, QuothError for documents that are gone."""
        scope = scope_of(asked.get("filter"), self._library.documents())
        return Feedback(
            kind=string_in(asked, "kind"),  # type: ignore[arg-type]  # the type refuses those it does not know
            answered=asked.get("answered") is True,
            question=string_in(asked, "question").strip(),
            gold=self._gold(object_of(asked.get("gold"))),
            history=tuple(turn for turn in earlier_questions(asked) if turn.strip()),
            documents=() if scope is None else scope.documents,
            library=self._library.stamp.id,
        )

    def _gold(self, sent: Mapping[str, Any]) -> Gold | None:
        """The words that answer: a span (code points) of a text that is known by its hash, or what somebody selected in
        the reader, in UTF-16 units as browsers count, with the words themselves.
        """
        if not sent:
            return None
        document = self._library.document(DocumentId(string_in(sent, "document")))
        span = span_in(sent, "span")
        if span is None:
            raise ValueError("no words were pointed at")
        selected = "text" in sent
        span = code_points(document.text, span) if selected else span
        words = document.text[span.start : span.stop]
        if words != sent["text"] if selected else sent.get("sha") != document.text_sha256 or len(words) < len(span):
            raise ValueError(_MOVED)
        if len(words) > _LONGEST:
            raise ValueError(f"an answer has at most {count(_LONGEST, 'character')}; select fewer")
        return Gold(words.strip(), document.id, span.start + len(words) - len(words.lstrip()))


def counted(file: FeedbackFile) -> int | None:
    """How many judgements there are, for who may have them: they tell what others asked."""
    return len(file) if granted.get() is Access.FULL else None
