"""What a person reads in a terminal: answers, refusals, hits and lists, laid out to any width and safe to show.

Own words are plain ASCII, so that they survive every terminal; a document's words are shown as they are, except that
characters a terminal would obey instead of showing are spelt out (`<U+001B>`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from quoth.qa import (
    Abstention,
    Answer,
    DoctorReport,
    DocumentRecord,
    Quote,
    SearchHit,
    Source,
)

from .plain import visible, visible_line
from .saying import (
    BY_RULES,
    completed_query,
    count,
    error_rate,
    extent,
    missing_words,
    percent,
    sentence,
    statements,
    where,
)

__all__ = ["Page", "count"]

_MARGIN = 4


class Page:
    """One page of output, collected line by line and written to standard output in one go.

    Where the terminal can show bold and underlined text the words that answer are shown so; elsewhere they are repeated
    on a line of their own, because marks inside a quote would end up in whatever the quote is pasted into. Lines are
    wrapped for a terminal (or when COLUMNS is set) and left whole in a pipe or a file.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(markup=False, emoji=False, highlight=False)
        self._wraps = self._console.is_terminal or "COLUMNS" in os.environ
        self._lines: list[Text] = []

    @property
    def shows_emphasis(self) -> bool:
        """Whether bold and underlined text can be told from plain text."""
        return self._console.color_system is not None

    def line(self, text: str = "", style: str = "", *, indent: int = 0) -> None:
        """Adds a line of our own words (control characters spelt out), folded to the width."""
        self._block(Text(visible(text), style=style), " " * indent)

    def write(self) -> None:
        """Sends everything to standard output; a closed pipe raises BrokenPipeError, as with any other write."""
        with self._console.capture() as captured:
            for line in self._lines:
                self._console.print(line, soft_wrap=True)
        sys.stdout.write(captured.get())

    def outcome(self, outcome: Answer | Abstention) -> None:
        """An answer or a refusal."""
        if searched := completed_query(outcome):
            self.line(f"Searched for: {searched}", "dim")
            self.line()
        if isinstance(outcome, Answer):
            self._answer(outcome)
        else:
            self._abstention(outcome)

    def _answer(self, answer: Answer) -> None:
        """The quotes, best first, each with its place; then how they compare, and what was searched."""
        for number, quote in enumerate(answer.quotes, 1):
            self._quote(number, quote, judged=True)
        for statement in statements(answer):
            self.line(sentence(statement))
        if answer.comparisons:
            self.line(BY_RULES, "dim")
            self.line()
        self.line(f"Searched {extent(answer.library)}. Every quote was checked against its document.", "dim")

    def _abstention(self, abstention: Abstention) -> None:
        """The reason, the nearest passages marked as no answer, what was searched, and how often a refusal fails."""
        self.line("No answer.", "bold")
        self.line(abstention.reason)
        if missing := missing_words(abstention):
            self.line(missing)
        if abstention.outside_filter:
            source = abstention.outside_filter.source
            self.line(f"Outside the filter, this document has an answer: {source.title}, {where(source)}.")
        self.line()
        if abstention.nearest:
            self.line("Nearest passages (not an answer):", "dim")
            self.line()
        for number, quote in enumerate(abstention.nearest, 1):
            self._quote(number, quote, judged=False)
        self.line(f"Searched {extent(abstention.library)}.", "dim")
        self.line(error_rate(abstention.false_answer_rate), "dim")

    def hits(self, hits: Sequence[SearchHit]) -> None:
        """Ranked passages with their scores; nobody says that they answer anything."""
        for number, hit in enumerate(hits, 1):
            self._passage(number, Text(visible(hit.text.strip())))
            self._place(hit.source, f"score {hit.score:.3f} (dense {hit.dense:.3f}, lexical {hit.lexical:.3f})")

    def documents(self, documents: Sequence[DocumentRecord], place: Path) -> None:
        """The documents of the library in `place`: id, title, size and origin."""
        for document in documents:
            self.line(f"{document.id}  {document.title}", "bold")
            size = f"{count(document.passages, 'passage')}, {count(document.characters, 'character')}"
            self.line(f"{size}, {visible_line(document.uri)}", "dim", indent=2)
        self.line(f"{count(len(documents), 'document')} in {place}.")

    def checks(self, report: DoctorReport) -> None:
        """What the doctor looked at, and what to do about what is not right."""
        for check in report.checks:
            self.line(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.detail}", "" if check.ok else "bold")
            if check.remedy:
                self.line(check.remedy, indent=_MARGIN + 1)
        wrong = {check.name for check in report.checks if not check.ok}
        verdict = "The library needs mending." if wrong else "The library is healthy."
        self.line("The library is mended, but for what is lost." if wrong == {"repair"} else verdict, "bold")

    def _quote(self, number: int, quote: Quote, *, judged: bool) -> None:
        before, marked, after = _cut(quote)
        text = Text()
        text.append(visible(before)).append(visible(marked), "bold underline").append(visible(after))
        self._passage(number, text)
        if judged and marked and not self.shows_emphasis:
            self.line(f"The words that answer: {marked}", indent=_MARGIN)
        self._place(quote.source, f"{quote.confidence} confidence ({percent(quote.score)})" if judged else "")

    def _passage(self, number: int, text: Text) -> None:
        self._block(text, f"{number:>2}".ljust(_MARGIN))
        self.line()

    def _place(self, source: Source, remark: str) -> None:
        self.line(source.title, "italic", indent=_MARGIN)
        self.line(where(source), "dim", indent=_MARGIN)
        if remark:
            self.line(remark, "dim", indent=_MARGIN)
        self.line()

    def _block(self, text: Text, first: str) -> None:
        margin = first
        for line in self._folded(text, len(first)):
            self._lines.append(Text(margin).append_text(line) if line else Text(margin.rstrip()))
            margin = " " * len(first)

    def _folded(self, text: Text, margin: int) -> Iterator[Text]:
        if not self._wraps:
            yield from text.split("\n", allow_blank=True)
            return
        for line in text.wrap(self._console, max(self._console.width - margin, 8), overflow="fold"):
            line.rstrip()
            yield line


def _cut(quote: Quote) -> tuple[str, str, str]:
    if quote.highlight is None:
        return quote.text, "", ""
    start, stop = quote.highlight.start - quote.source.start, quote.highlight.stop - quote.source.start
    return quote.text[:start], quote.text[start:stop], quote.text[stop:]
