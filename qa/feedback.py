"""What somebody says of an answer, as one of Quoth's question rows: use becomes test data.

`quoth evaluate` and `quoth calibrate` read such rows as they are. What they do not score stands in a field of its own,
`feedback`: what was said, of which library, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Literal

from .question_row import Gold, QuestionRow

__all__ = ["Feedback", "FeedbackKind"]

FeedbackKind = Literal["right", "wrong words", "wrong place", "not answered", "not there"]
_OF_ANSWERS = frozenset({"right", "wrong words", "wrong place", "not there"})
_OF_REFUSALS = frozenset({"right", "not answered"})


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said of an answer, or of a refusal where `answered` is False.

    Of both: "right". Of an answer: "wrong words" (at the right place), "wrong place", "not there" (the documents hold
    no answer). Of a refusal: "not answered" (though they do). `gold` is the right answer where somebody pointed at it.
    `history` and `documents` are what the question was asked with, `library` is the id of the library that answered.
    """

    kind: FeedbackKind
    answered: bool
    question: str
    gold: Gold | None = None
    history: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    library: str = ""

    def __post_init__(self) -> None:
        if self.kind not in (_OF_ANSWERS if self.answered else _OF_REFUSALS):
            raise ValueError(f"{self.kind!r} cannot be said of {'an answer' if self.answered else 'a refusal'}")
        if self.gold is None and self.kind == "right" and self.answered:
            raise ValueError("an answer is right by its words; say which")
        if self.gold is not None and self.answerable is False:
            raise ValueError("there is said to be no answer, and yet one was pointed at")
        if self.gold is not None and not (self.gold.text and self.gold.document and self.gold.start is not None):
            raise ValueError("the right answer is words at a place of a document; point at them")
        self.row("id")

    @property
    def answerable(self) -> bool | None:
        """Whether the documents answer the question; None where that is not known well enough to be scored."""
        if self.kind == "not there" or (self.kind == "right" and not self.answered):
            return False
        return None if self.gold is None else True

    def row(self, id: str, line: int = 1) -> QuestionRow:
        """The row that a question file has of it. Raises ValueError where that could not be one."""
        golds = () if self.gold is None else (self.gold,)
        return QuestionRow(line, id, self.question, golds, self.answerable, self.history, self.documents)

    def record(self, id: str) -> dict[str, Any]:
        """The same as JSON; a row without `answerable` is answered and not scored."""
        gold = self.gold
        answers = [] if gold is None else [{"text": gold.text, "document": gold.document, "start": gold.start}]
        return {
            "id": id,
            "question": self.question,
            "answers": answers,
            **({} if self.answerable is None else {"answerable": self.answerable}),
            **({"history": [*self.history]} if self.history else {}),
            **({"documents": [*self.documents]} if self.documents else {}),
            "feedback": {
                "kind": self.kind,
                "answered": self.answered,
                "library": self.library,
                "at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            },
        }
