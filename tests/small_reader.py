"""A real, tiny reader for tests: the words of the text that the question has too, first to last."""

from __future__ import annotations

import re
from collections.abc import Sequence

from quoth.corpus import Span
from quoth.index import tokens
from quoth.qa.reader import Reading


class OverlapReader:
    """`Reader` that points from the first to the last word shared with the question, 60 characters at most."""

    fingerprint = "overlap/1"

    def read(self, question: str, texts: Sequence[str]) -> list[Reading]:
        asked = set(tokens(question))
        return [_reading(asked, text) for text in texts]


def _reading(asked: set[str], text: str) -> Reading:
    words = [Span(*match.span()) for match in re.finditer(r"\S+", text)]
    shared = [word for word in words if asked & set(tokens(text[word.start : word.stop]))]
    first = (shared or words)[0]
    last = [word for word in (shared or words)[:1] + shared if word.stop <= first.start + 60 or word == first][-1]
    return Reading(Span(first.start, last.stop), float(len(shared)) - 3.0, float(len(shared)), -1.0)
