"""The question as it is searched for: checked and, in a conversation, completed by what was asked before.

Nothing is rewritten by a model: a question that does not stand alone, by rules that anyone can read here, is completed
by the content words of the question before it, and the answer says what was searched for. docs/follow-ups.md tells
what else was tried.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quoth.corpus import BadQuestion
from quoth.index import content_tokens, surface_words

__all__ = ["LONGEST_QUESTION", "TURNS", "Wording", "checked_history", "checked_question", "completed", "stands_alone"]

LONGEST_QUESTION = 2_000
"""Characters; the encoder reads at most 256 tokens of a question, more is a document, not a question."""
TURNS = 6
"""Earlier questions that are looked at; what lies further back is another subject more often than not."""

# Words that stand for something said before. "There" counts but in "is there", "that" but where it joins two clauses.
_POINTING = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|latter|former"
    r"|(?<!is )(?<!are )(?<!was )(?<!were )there"
    r"|(?:do|does|did|is|was|has|had|will|would|can|could|about|of|to|for|in|on|at|by|with|from|after|than|like) that"
    r"|that(?=\W*$))\b",
    re.IGNORECASE,
)
_GOING_ON = re.compile(
    r"^(?:and|but|or|so|also|then|else|because|what about|how about|why not|which one|any (?:other|more)|other)\b",
    re.IGNORECASE,
)
_DEFINING = re.compile(r"^(?:what|who|where) (?:is|are|was|were)\b|^(?:define|explain)\b", re.IGNORECASE)
_CLAUSE = re.compile(r"[.,;:?!]|\b(?:and|but|or|if|when|because|while|since|although)\b", re.IGNORECASE)
_LONG = 7  # content words from which a question brings its own subject


def checked_question(question: str) -> str:
    """`question` without white space around it. Raises BadQuestion."""
    asked = question.strip()
    if not asked:
        raise BadQuestion("The question is empty; ask in a few words.")
    if any("\ud800" <= character <= "\udfff" for character in asked):
        raise BadQuestion("The question holds half a character (a lone surrogate); type it again.")
    if len(asked) > LONGEST_QUESTION:
        raise BadQuestion(f"The question has {len(asked):,} characters; ask in at most {LONGEST_QUESTION:,}.")
    return asked


def checked_history(history: Sequence[str]) -> tuple[str, ...]:
    """The last `TURNS` earlier questions that say anything, oldest first. Raises BadQuestion."""
    if isinstance(history, str):
        raise BadQuestion("The history is a list of earlier questions, not one string.")
    return tuple(checked_question(turn) for turn in history if turn.strip())[-TURNS:]


def stands_alone(question: str) -> bool:
    """Whether a question can be understood by itself, by rules: it names something, and points at nothing before it.

    >>> stands_alone("Who hosted the first summit?"), stands_alone("What is a trade route and where does it run?")
    (True, True)
    >>> stands_alone("And why was it put off?"), stands_alone("Since when?"), stands_alone("Is there a date?")
    (False, False, False)
    """
    words = len(surface_words(question))
    if words >= _LONG:
        return True
    if _GOING_ON.search(question) or _points_back(question):
        return False
    return words >= 2 or (words == 1 and _DEFINING.search(question) is not None)


def _points_back(question: str) -> bool:
    """Whether a word points at something that no earlier clause of the question names."""
    for found in _POINTING.finditer(question):
        clauses = [mark.start() for mark in _CLAUSE.finditer(question, 0, found.start())]
        if not clauses or len(surface_words(question[: clauses[-1]])) < 2:
            return True
    return False


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as it was `asked`, without white space around it, and as it is searched for, `completed`."""

    asked: str
    completed: str

    @classmethod
    def of(cls, question: str, history: Sequence[str]) -> Wording:
        """Check both. Raises BadQuestion."""
        asked = checked_question(question)
        return cls(asked, completed(asked, checked_history(history)))

    @property
    def distinct(self) -> tuple[str, ...]:
        """The completed question and, where it is another one, the bare one."""
        return tuple(dict.fromkeys((self.completed, self.asked)))


def completed(question: str, history: Sequence[str]) -> str:
    """What to search for: `question` itself where it stands alone, else with what it lacks of the questions before.

    `history` is oldest first, as `checked_history` gives it.

    >>> completed("And why was it put off?", ("When was the first summit planned?",))
    'And why was it put off? first summit planned'
    """
    if not history or stands_alone(question):
        return question
    known = set(content_tokens(question))
    carried = [word for token, word in surface_words(_topic(history)).items() if token not in known]
    option = " ".join([question, *carried])
    return option if len(option) <= LONGEST_QUESTION else question


def _topic(history: Sequence[str]) -> str:
    """The last question and, where that does not stand alone either, the one before it, as they were asked."""
    last = history[-1]
    return last if len(history) == 1 or stands_alone(last) else f"{history[-2]} {last}"
