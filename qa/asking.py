"""A question's way to its answer: search, choose words, judge, cut, check, decide."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from quoth.corpus import BadQuestion, BadRequest, Document, DocumentId
from quoth.index import Encoder, Index

from .answer import Abstention, Answer, LibraryStamp, Quote
from .choosing import Candidate, Question, choose
from .judge import Judge
from .quoting import cut, objection
from .reader import Reader

__all__ = ["LONGEST_QUESTION", "Asker", "checked_question"]

LONGEST_QUESTION = 2_000
"""Characters; the encoder reads at most 256 tokens of a question, more is a document, not a question."""
_log = logging.getLogger(__name__)
_HITS = 8
_MOST_QUOTES = 50
_NEAREST = 3


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


@dataclass(frozen=True, slots=True)
class Asker:
    """The parts an answer is made with. `lookup` gives a document by id; `stamp` says which library it is."""

    index: Index
    encoder: Encoder
    reader: Reader
    judge: Judge
    lookup: Callable[[DocumentId], Document]
    stamp: LibraryStamp

    def ask(self, question: str, quotes: int, documents: Collection[DocumentId] | None) -> Answer | Abstention:
        """Answer or abstain. Raises BadQuestion, BadRequest."""
        began = time.perf_counter()
        asked = checked_question(question)
        if not 1 <= quotes <= _MOST_QUOTES:
            raise BadRequest(f"An answer has 1 to {_MOST_QUOTES} quotes, not {quotes}.")
        ranked = self._ranked(asked, max(_HITS, quotes), documents)
        has_words = any(character.isalnum() for character in asked)
        answering = [quote for quote in ranked if has_words and self.judge.answers(quote.score)]
        elapsed = round((time.perf_counter() - began) * 1000, 3)
        if answering:
            return Answer(question, _with_every_source(answering, quotes), self.stamp, asked, elapsed)
        nearest = tuple(ranked[:_NEAREST])
        return Abstention(
            question, self._reason(nearest), nearest, self.stamp, self.judge.false_answer_rate, asked, elapsed
        )

    def _ranked(self, asked: str, hits: int, documents: Collection[DocumentId] | None) -> list[Quote]:
        """All candidate quotes, best first, each cut and checked; overlapping or failing ones dropped."""
        vector = self.encoder.encode_questions([asked])[0]
        question = Question(asked, self.index.word_weights(asked))
        found = self.index.search(asked, hits, documents, vector)
        texts = {hit.passage.document: self.lookup(hit.passage.document) for hit in found}
        scored = [(self.judge.score(c.features), c) for c in choose(question, found, texts, self.reader)]
        scored.sort(key=lambda pair: (-pair[0], pair[1].document, pair[1].span.start))
        return self._cut(scored, texts)

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

    def _reason(self, nearest: Sequence[Quote]) -> str:
        if not self.stamp.documents:
            return "The library has no documents yet; add some with `quoth add`."
        if not nearest:
            return "No passage was found among the documents searched."
        return "No passage of the documents answers this well enough to be quoted as an answer."


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
