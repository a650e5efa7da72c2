"""Quoth's own question row, as JSON values or as the cells of a table, made a `QuestionRow`.

    {"id", "question", "answers": [{"text", "document"?, "start"?}], "answerable"?, "history"?, "documents"?}

Every function raises ValueError with a clause that says what is wrong.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from .question_row import Gold, QuestionRow

__all__ = ["id_of", "json_of", "list_at", "row_of", "text_at", "value_at", "whole_number"]

_SPEAKER, _WORDS = ("speaker", "role"), ("text", "content")


def row_of(line: int, value: object) -> QuestionRow:
    """The row that one JSON object describes; keys nobody here knows are ignored."""
    if not isinstance(value, Mapping):
        raise ValueError('this is no row; write {"question": "..."}')
    golds = _golds(value)
    answerable = _answerable(value.get("answerable"))
    return QuestionRow(
        line=line,
        id=id_of(value.get("id")),
        question=_words(value.get("question"), "question"),
        golds=golds,
        answerable=True if answerable is None and golds else answerable,
        history=_history(value.get("history")),
        documents=tuple(_words(name, "documents") for name in _several(value.get("documents", value.get("scope_doc")))),
    )


def _golds(fields: Mapping[str, Any]) -> tuple[Gold, ...]:
    """The answers, and for each relevant document that holds none of them a gold of its own."""
    golds = [_gold(answer) for answer in _several(fields.get("answers", fields.get("answer")))]
    named = {gold.document for gold in golds}
    relevant = [_words(name, "relevant") for name in _several(fields.get("relevant"))]
    return tuple(dict.fromkeys([*golds, *(Gold("", name, None) for name in relevant if name not in named)]))


def _gold(value: object) -> Gold:
    """One answer: its text, or an object with text, document and start."""
    if isinstance(value, str):
        return Gold(value, None, None)
    if not isinstance(value, Mapping):
        raise ValueError('an answer is no text; write {"text": "..."}')
    document = value.get("document", value.get("doc"))
    start, stop = value.get("start"), value.get("stop")
    return Gold(
        text=_words(value.get("text", ""), "text"),
        document=None if document is None else _words(document, "document"),
        start=None if start is None else whole_number(start, "start"),
        stop=None if stop is None else whole_number(stop, "stop"),
    )


def _history(value: object) -> tuple[str, ...]:
    """The questions among the turns: strings, {"question": ...} or {"speaker": "user", "text": ...}."""
    turns: list[str] = []
    for turn in _several(value):
        if isinstance(turn, Mapping) and "question" not in turn:
            speaker = next((turn[key] for key in _SPEAKER if key in turn), None)
            if not isinstance(speaker, str):
                raise ValueError("a turn of the history has neither a question nor a speaker")
            if speaker.casefold() == "user":
                turns.append(_words(next((turn[key] for key in _WORDS if key in turn), None), "history"))
        else:
            turns.append(_words(turn["question"] if isinstance(turn, Mapping) else turn, "history"))
    return tuple(turns)


def _several(value: object) -> Sequence[object]:
    """A list as it is, nothing as an empty one, anything else as a list of one."""
    if value is None:
        return ()
    return value if isinstance(value, list) else (value,)


def _words(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{field} is {'missing' if value is None else f'{value!r:.40}, not text'}")
    return value


def whole_number(value: object, field: str) -> int:
    """An integer, however it was written: 12, 12.0, "12"."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{field} is {value!r:.40}, not a whole number")
    return value


def id_of(value: object) -> str | int | None:
    """An id as given; None and empty text are none."""
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else whole_number(value, "id")


def _answerable(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise ValueError(f"answerable is {value!r:.40}, not true or false")


def json_of(line: bytes) -> object:
    """The JSON value of one line of a file."""
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError("this line is not UTF-8 text; save the file as UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"this is not JSON ({error})") from error


def value_at(value: object, key: str, otherwise: object = None) -> object:
    """What an object holds under this name."""
    if not isinstance(value, Mapping):
        raise ValueError(f"there is {value!r:.40} where an object with {key} should be")
    return value.get(key, otherwise)


def text_at(value: object, key: str) -> str:
    """The text that an object holds under this name."""
    return _words(value_at(value, key), key)


def list_at(value: object, key: str) -> list[object]:
    """The list that an object holds under this name."""
    found = value_at(value, key)
    if not isinstance(found, list):
        raise ValueError(f"{key} is {'missing' if found is None else f'{found!r:.40}, not a list'}")
    return found
