"""What a question gets: an `Answer` made of verbatim quotes, or an `Abstention` that says why there is none.

Offsets are Unicode code points into the document's text, 0-based, end-exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quoth.corpus import DocumentId, Span

__all__ = [
    "Abstention",
    "Answer",
    "Comparison",
    "Confidence",
    "ErrorRate",
    "LibraryStamp",
    "Mention",
    "Occurrence",
    "Quote",
    "Receipt",
    "Source",
]

Confidence = Literal["high", "medium", "low"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a quote stands. `page`, `heading` are None in documents that have none; lines are 1-based, inclusive.

    `prefix` and `suffix` are up to 32 characters of the document before and after the quote.
    """

    document: DocumentId
    title: str
    uri: str
    start: int
    stop: int
    page: int | None
    heading: str | None
    line_start: int
    line_stop: int
    prefix: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """SHA-256 (hex) of the file, of the text read from it and of the quote: by these anyone can check it later."""

    document_sha256: str
    text_sha256: str
    quote_sha256: str
    extractor: str


@dataclass(frozen=True, slots=True)
class Occurrence:
    """This quote is the `index`-th (1-based) of `of` places in its document where exactly these words stand."""

    index: int
    of: int

    def __post_init__(self) -> None:
        if not 1 <= self.index <= self.of:
            raise ValueError(f"occurrence {self.index} of {self.of} makes no sense")


@dataclass(frozen=True, slots=True)
class Quote:
    """A verbatim slice of a document: `document.text[source.start:source.stop] == text`, checked when it was cut.

    `highlight` is the narrowest span that answers, in document offsets, or None when there is none narrower.
    `score` is the judge's probability, 0 to 1, that this quote answers the question.
    """

    text: str
    highlight: Span | None
    source: Source
    score: float
    confidence: Confidence
    verified: Literal[True]
    occurrence: Occurrence
    receipt: Receipt

    def __post_init__(self) -> None:
        if len(self.text) != self.source.stop - self.source.start or not self.text:
            raise ValueError(
                f"a quote of {len(self.text)} characters cannot stand at {self.source.start}:{self.source.stop}"
            )
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score is a probability, not {self.score}")
        inside = (
            self.highlight is None
            or self.source.start <= self.highlight.start < self.highlight.stop <= self.source.stop
        )
        if not inside:
            raise ValueError(
                f"highlight {self.highlight} lies outside its quote {self.source.start}:{self.source.stop}"
            )


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """How often a question without an answer is answered all the same: `rate` in [`low`, `high`], 95 % Clopper-Pearson.

    `n` counts the unanswerable questions it was measured on, `measured_on` names them; `calibrated` says whether they
    were this library's own.
    """

    rate: float
    low: float
    high: float
    n: int
    measured_on: str
    calibrated: bool

    def __post_init__(self) -> None:
        if not 0.0 <= self.low <= self.rate <= self.high <= 1.0 or self.n < 1:
            raise ValueError(f"no error rate: {self.low} <= {self.rate} <= {self.high} of {self.n}")


@dataclass(frozen=True, slots=True)
class LibraryStamp:
    """Which library answered: `id` changes with documents, model and settings, and with nothing else."""

    id: str
    documents: int
    passages: int


@dataclass(frozen=True, slots=True)
class Mention:
    """What one quote says of a compared thing: `text` stands at `span` of its document; `quote` counts from 0.

    For a negation that is missing from a quote, `span` is the whole quote.
    """

    quote: int
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Comparison:
    """A number, date or negation in which quotes of different documents agree, or in which they differ.

    Found by rules, not understood: a heuristic, to be shown as one. Nothing is merged, every mention keeps its place.
    """

    kind: Literal["number", "date", "negation"]
    agrees: bool
    mentions: tuple[Mention, ...]

    def __post_init__(self) -> None:
        if len({mention.quote for mention in self.mentions}) < 2:
            raise ValueError("a comparison needs two quotes")


@dataclass(frozen=True, slots=True)
class Answer:
    """At least one quote, best first; `comparisons` say where quotes of different documents agree or differ."""

    question: str
    quotes: tuple[Quote, ...]
    comparisons: tuple[Comparison, ...]
    library: LibraryStamp
    query_used: str
    elapsed_ms: float

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError("an answer needs a quote; without one it is an abstention")


@dataclass(frozen=True, slots=True)
class Abstention:
    """No answer. `nearest` are the closest passages, and *not* an answer; all `library` passages were searched.

    `missing_words` are words of the question that stand nowhere in the library. `outside_filter` is the quote that
    would have answered had the search not been limited to some documents, None when there is none or was no limit.
    """

    question: str
    reason: str
    nearest: tuple[Quote, ...]
    missing_words: tuple[str, ...]
    outside_filter: Quote | None
    library: LibraryStamp
    false_answer_rate: ErrorRate
    query_used: str
    elapsed_ms: float
