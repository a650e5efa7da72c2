"""A question's way to its answer: search, choose words, judge, cut, check, decide."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from quoth.corpus import BadRequest, Document, DocumentId
from quoth.index import Encoder, Hit, Index

from .agreement import compare
from .answer import Abstention, Answer, LibraryStamp, Quote
from .choosing import Candidate, Question, choose
from .judge import Judge, mean_score
from .quoting import cut, objection, search_hit
from .reader import Reader
from .reports import SearchHit
from .wanted import check_wanted
from .wording import Wording

__all__ = ["Asker"]

_log = logging.getLogger(__name__)
_HITS = 8
_MOST_QUOTES = 50
_NEAREST = 3


@dataclass(frozen=True, slots=True)
class Asker:
    """The parts an answer is made with. `lookup` gives a document by id; `stamp` says which library it is."""

    index: Index
    encoder: Encoder
    reader: Reader
    judge: Judge
    lookup: Callable[[DocumentId], Document]
    stamp: LibraryStamp

    def ask(
        self, question: str, quotes: int, documents: Collection[DocumentId] | None, history: Sequence[str]
    ) -> Answer | Abstention:
        """Answer or abstain. Raises BadQuestion, BadRequest; CancelledError when nobody waits (see `wanted`)."""
        began = time.perf_counter()
        if not 1 <= quotes <= _MOST_QUOTES:
            raise BadRequest(f"An answer has 1 to {_MOST_QUOTES} quotes, not {quotes}.")
        wording = Wording.of(question, history)
        ranked = self._ranked(wording, max(_HITS, quotes), documents)
        asked = wording.completed
        answering = self._answering(asked, ranked)
        if answering:
            shown = _with_every_source(answering, quotes)
            return Answer(question, shown, compare(shown), self.stamp, asked, _since(began))
        outside = self._outside(wording, documents)
        nearest = tuple(ranked[:_NEAREST])
        return Abstention(
            question=question,
            reason=self._reason(nearest, outside),
            nearest=nearest,
            missing_words=self.index.missing_words(asked),
            outside_filter=outside,
            library=self.stamp,
            false_answer_rate=self.judge.false_answer_rate,
            query_used=asked,
            elapsed_ms=_since(began),
        )

    def best_score(self, question: str, history: Sequence[str]) -> float:
        """The score that decides whether `question` is answered; 0 where nothing can be. Raises BadQuestion."""
        wording = Wording.of(question, history)
        if not _has_words(wording.completed):
            return 0.0
        return max((quote.score for quote in self._ranked(wording, _HITS, None)), default=0.0)

    def found(
        self, question: str, k: int, documents: Collection[DocumentId] | None, history: Sequence[str]
    ) -> tuple[SearchHit, ...]:
        """The best `k` passages, without judgement. Raises BadQuestion."""
        hits = self.search(Wording.of(question, history), k, documents)
        return tuple(search_hit(hit, self.lookup(hit.passage.document)) for hit in hits)

    def _answering(self, asked: str, ranked: Sequence[Quote]) -> list[Quote]:
        """Those of the candidates that are good enough to be shown as an answer."""
        return [quote for quote in ranked if _has_words(asked) and self.judge.answers(quote.score)]

    def _outside(self, wording: Wording, documents: Collection[DocumentId] | None) -> Quote | None:
        """The quote that would have answered, had the search not been limited to `documents`."""
        if documents is None:
            return None
        everywhere = self._answering(wording.completed, self._ranked(wording, _HITS, None))
        return next((quote for quote in everywhere if quote.source.document not in documents), None)

    def _ranked(self, wording: Wording, hits: int, documents: Collection[DocumentId] | None) -> list[Quote]:
        """All candidate quotes, best first, each cut and checked; overlapping or failing ones dropped."""
        found = self.search(wording, hits, documents)
        texts = {hit.passage.document: self.lookup(hit.passage.document) for hit in found}
        check_wanted()
        readings = [choose(self._question(asked), found, texts, self.reader) for asked in wording.distinct]
        check_wanted()
        candidates = readings[0]
        scores = [mean_score([self.judge.score(one.features) for one in same]) for same in zip(*readings, strict=True)]
        scored = list(zip(scores, candidates, strict=True))
        scored.sort(key=lambda pair: (-pair[0], pair[1].document, pair[1].span.start))
        return self._cut(scored, texts)

    def search(self, wording: Wording, hits: int, documents: Collection[DocumentId] | None) -> list[Hit]:
        """The best passages. A follow-up question searches by the words of its completion, and by meaning half way
        between the two: the mean of two cosines is the cosine with the mean vector.
        """
        check_wanted()
        vector = self.encoder.encode_questions(list(wording.distinct)).mean(axis=0)
        return self.index.search(wording.completed, hits, documents, vector)

    def _question(self, asked: str) -> Question:
        return Question(asked, self.index.word_weights(asked))

    def _cut(self, scored: Sequence[tuple[float, Candidate]], texts: Mapping[DocumentId, Document]) -> list[Quote]:
        kept: list[Quote] = []
        for score, candidate in scored:
            document = texts[candidate.document]
            quote = cut(document, candidate.span, candidate.best, score, self.judge.confidence(score))
            if problem := objection(quote, document):
                _log.warning("A quote was dropped: %s.", problem)
            elif not any(_repeats(quote, other) for other in kept):
                kept.append(quote)
        return kept

    def _reason(self, nearest: Sequence[Quote], outside: Quote | None) -> str:
        if not self.stamp.documents:
            return "The library has no documents yet; add some with `quoth add`."
        if outside is not None:
            return f"The documents searched do not answer this; {outside.source.title!r}, which was left out, does."
        if not nearest:
            return "No passage was found among the documents searched."
        return "No passage of the documents answers this well enough to be quoted as an answer."


def _has_words(asked: str) -> bool:
    return any(character.isalnum() for character in asked)


def _since(began: float) -> float:
    """Milliseconds."""
    return round((time.perf_counter() - began) * 1000, 3)


def _repeats(quote: Quote, other: Quote) -> bool:
    """The same words of the same document, or overlapping ones."""
    if quote.source.document != other.source.document:
        return False
    overlap = quote.source.start < other.source.stop and other.source.start < quote.source.stop
    return overlap or quote.text == other.text


def _with_every_source(answering: Sequence[Quote], quotes: int) -> tuple[Quote, ...]:
    """The best `quotes`; where they come from one document and another answers too, its best takes the last place."""
    chosen = list(answering[:quotes])
    sources = {quote.source.document for quote in chosen}
    if quotes > 1 and len(sources) == 1:
        others = [quote for quote in answering[quotes:] if quote.source.document not in sources]
        chosen[-1:] = others[:1] or chosen[-1:]
    return tuple(chosen)
