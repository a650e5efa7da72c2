"""Every number of an evaluation against values worked out by hand, against laws, and against other implementations."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise, permutations
from statistics import fmean

import ir_measures
import numpy as np
import pytest
import pytrec_eval
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from quoth.corpus import DocumentId, Span
from quoth.qa.golds import Place
from quoth.qa.overlaps import Overlap, overlap, union
from quoth.qa.ranking import CUTOFFS, Judged, decreasing, trec_id, trec_scores
from quoth.qa.refusing import aurc, auroc, calibration_error, reliability, risk_coverage
from quoth.qa.squad_scores import contains_words, exact_match, f1, squad_match, squad_words
from strategies import any_text

A, B = DocumentId("a"), DocumentId("b")
scored = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]), st.booleans()), min_size=1, max_size=7)


def place(document: DocumentId, start: int, stop: int) -> Place:
    return Place(document, Span(start, stop))


places = st.lists(
    st.builds(place, st.sampled_from([A, B]), st.integers(0, 20), st.integers(21, 40)), min_size=1, max_size=5
)


# Characters


def test_overlap_by_hand() -> None:
    """Gold: 10 characters of a. Retrieved: the last 5 of them, 5 more of a, 5 of b."""
    found = overlap([place(A, 0, 10)], [place(A, 5, 15), place(B, 0, 5)])
    assert found == Overlap(5 / 10, 5 / 15, 5 / 20)


def test_overlapping_passages_and_golds_count_once() -> None:
    assert overlap([place(A, 0, 6), place(A, 4, 10)], [place(A, 0, 8), place(A, 2, 10)]) == Overlap(1.0, 1.0, 1.0)


def test_nothing_retrieved_is_nothing_found() -> None:
    assert overlap([place(A, 0, 6)], []) == Overlap(0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="no gold"):
        overlap([], [place(A, 0, 6)])


@given(places, places)
def test_overlap_is_that_of_the_sets_of_characters(gold: list[Place], retrieved: list[Place]) -> None:
    wanted, given_ = (
        {(one.document, at) for one in some for at in range(one.span.start, one.span.stop)}
        for some in (gold, retrieved)
    )
    both = len(wanted & given_)
    found = overlap(gold, retrieved)
    assert found.recall == pytest.approx(both / len(wanted))
    assert found.precision == pytest.approx(both / len(given_))
    assert found.iou == pytest.approx(both / len(wanted | given_))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda ends: (min(ends), max(ends) + 1))))
def test_a_union_is_disjoint_ordered_and_the_same_characters(ranges: list[tuple[int, int]]) -> None:
    found = union(ranges)
    assert {at for a, b in found for at in range(a, b)} == {at for a, b in ranges for at in range(a, b)}
    assert all(one[1] < other[0] for one, other in pairwise(found))


# Words, as SQuAD has it


@pytest.mark.parametrize(
    ("answer", "golds", "em", "score"),
    [
        ("The Eiffel Tower", ["eiffel tower!"], 1, 1),
        ("in May 1901", ["May 1901", "1901"], 0, 2 * (2 / 3) * 1 / (2 / 3 + 1)),
        ("May 1901", ["Paris"], 0, 0),
        ("a cat a cat", ["cat"], 0, 2 * (1 / 2) * 1 / (1 / 2 + 1)),
        ("cat cat dog", ["cat dog dog"], 0, 2 * (2 / 3) * (2 / 3) / (4 / 3)),
        ("", ["x"], 0, 0),
        ("", [], 1, 1),
        ("x", [], 0, 0),
        ("the", ["x"], 0, 0),
        ("", ["the", "a"], 1, 1),
        ("the", ["...", "x y"], 0, 0),
        ("mid-December", ["middecember"], 1, 1),
        ("theory", ["ory"], 0, 0),
    ],
)
def test_squad_by_hand(answer: str, golds: list[str], em: float, score: float) -> None:
    assert squad_match(answer, golds) == em
    assert f1(answer, golds) == pytest.approx(score)


def test_the_order_of_squads_normalisation() -> None:
    """Punctuation goes before articles do: what is an article only then goes too."""
    assert squad_words("A. the-x, “The”  an\tant") == ["thex", ["“", "”"][0], "”", "ant"]


@given(any_text, st.lists(any_text, max_size=3))
def test_laws_of_words_against_words(answer: str, golds: list[str]) -> None:
    em, score = squad_match(answer, golds), f1(answer, golds)
    assert 0 <= em <= score <= 1
    assert exact_match(answer, [*golds, answer]) == 1
    if squad_words(answer):
        assert squad_match(answer, [*golds, answer]) == f1(answer, [*golds, answer]) == 1
    if len(golds) == 1 and squad_words(golds[0]) and squad_words(answer):
        assert f1(golds[0], [answer]) == pytest.approx(score)


def test_strictly_is_character_for_character() -> None:
    assert exact_match("May 1901", ["may 1901", "May 1901."]) == 0
    assert exact_match("May 1901", ["1901", "May 1901"]) == 1
    assert exact_match("", []) == 0


@pytest.mark.parametrize(
    ("text", "gold", "there"),
    [
        ("It was in December.", "december", True),
        ("mid-December", "December", True),
        ("Decembers", "December", False),
        ("The, bridge!", "the bridge", True),
        ("The bridges", "bridge", False),
        ("x", "…", False),
        ("東京都は広い", "東京", True),
        ("東京都は広い", "大阪", False),
    ],
)
def test_words_in_a_quote(text: str, gold: str, there: bool) -> None:
    assert contains_words(text, [gold]) is there
    assert contains_words(text, ["nothing like it", gold]) is there


# Ranking right before wrong


def test_auroc_by_hand() -> None:
    """Positives 0.9 and 0.5, negatives 0.5 and 0.1: three pairs in order, one tied, of four."""
    found = auroc([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert found is not None
    assert (found.value, found.n) == (0.875, 4)


@given(scored)
@settings(max_examples=40, deadline=None)
def test_auroc_counts_pairs(pairs: list[tuple[float, bool]]) -> None:
    above = [score for score, label in pairs if label]
    below = [score for score, label in pairs if not label]
    found = auroc([score for score, _ in pairs], [label for _, label in pairs])
    if not above or not below:
        assert found is None
        return
    assert found is not None
    won = sum((a > b) + 0.5 * (a == b) for a in above for b in below)
    assert found.value == pytest.approx(won / (len(above) * len(below)))
    assert found.value == pytest.approx(
        stats.mannwhitneyu(above, below, method="asymptotic").statistic / (len(above) * len(below))
    )
    assert found.low <= found.value <= found.high


# Risk and coverage


def area_by_hand(scores: Sequence[float], wrong: Sequence[bool]) -> float:
    """The mean over every order that puts no lower score before a higher one."""
    areas = []
    for order in permutations(range(len(scores))):
        if all(scores[a] >= scores[b] for a, b in pairwise(order)):
            risks = [fmean(wrong[at] for at in order[: k + 1]) for k in range(len(order))]
            areas.append(fmean(risks))
    return fmean(areas)


def test_the_area_by_hand() -> None:
    """Right, wrong, right, wrong: risks 0, 1/2, 1/3, 1/2."""
    found = aurc([0.9, 0.8, 0.7, 0.6], [False, True, False, True])
    assert found is not None
    assert found.value == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)


@given(scored)
@settings(max_examples=40, deadline=None)
def test_the_area_is_the_mean_over_all_orders_of_ties(pairs: list[tuple[float, bool]]) -> None:
    scores, wrong = [score for score, _ in pairs], [bad for _, bad in pairs]
    found = aurc(scores, wrong)
    assert found is not None
    assert found.value == pytest.approx(area_by_hand(scores, wrong))


def test_a_score_without_information_has_the_overall_error_rate() -> None:
    found = aurc([0.5] * 40, [True] * 10 + [False] * 30)
    assert found is not None
    assert found.value == pytest.approx(0.25)
    assert aurc([], []) is None


@given(scored)
def test_the_curve_ends_with_everything_answered(pairs: list[tuple[float, bool]]) -> None:
    scores, wrong = [score for score, _ in pairs], [bad for _, bad in pairs]
    curve = risk_coverage(scores, wrong)
    assert [curve[-1].coverage, curve[-1].risk] == pytest.approx([1, fmean(wrong)])
    assert [point.threshold for point in curve] == sorted(set(scores), reverse=True)
    for point in curve:
        kept = [bad for score, bad in pairs if score >= point.threshold]
        assert point.coverage == pytest.approx(len(kept) / len(pairs))
        assert point.risk == pytest.approx(fmean(kept))


def test_the_curve_of_very_many_is_thinned_out() -> None:
    scores = list(np.random.default_rng(0).random(5_000))
    curve = risk_coverage(scores, [False] * 5_000)
    assert len(curve) == 200
    assert curve[0].threshold == max(scores)
    assert curve[-1].coverage == 1
    assert risk_coverage([], []) == ()


# Calibration


def test_the_calibration_curve_by_hand() -> None:
    bins = reliability([0.0, 0.05, 0.85, 0.95, 1.0], [False, True, True, False, True])
    assert [(one.low, one.high, one.right.n) for one in bins] == [(0.0, 0.1, 2), (0.8, 0.9, 1), (0.9, 1.0, 2)]
    assert [one.right.value for one in bins] == [0.5, 1.0, 0.5]
    assert [one.score for one in bins] == pytest.approx([0.025, 0.85, 0.975])
    assert calibration_error(bins) == pytest.approx((2 * 0.475 + 1 * 0.15 + 2 * 0.475) / 5)


def test_without_scores_there_is_no_calibration() -> None:
    assert reliability([], []) == ()
    assert math.isnan(calibration_error(()))


@given(scored)
def test_every_score_is_in_one_bin(pairs: list[tuple[float, bool]]) -> None:
    bins = reliability([score for score, _ in pairs], [right for _, right in pairs])
    assert sum(one.right.n for one in bins) == len(pairs)
    assert all(one.low - 1e-12 <= one.score <= one.high + 1e-12 for one in bins)  # a mean is rounded
    assert 0 <= calibration_error(bins) <= 1


# Ranking


def judged(ranking: Sequence[str], relevant: dict[str, int]) -> Judged:
    return Judged(tuple((name, 1.0 - at / 1000) for at, name in enumerate(ranking)), relevant)


def ndcg_by_hand(ranking: Sequence[str], relevant: dict[str, int]) -> float:
    gained = sum(relevant.get(name, 0) / math.log2(rank + 1) for rank, name in enumerate(ranking[:10], 1))
    best = sorted(relevant.values(), reverse=True)[:10]
    return gained / sum(grade / math.log2(rank + 1) for rank, grade in enumerate(best, 1))


def test_ranking_by_hand() -> None:
    found = trec_scores({"q": judged(["x", "a", "y", "b"], {"a": 1, "b": 1})})["q"]
    assert found["mrr"] == 0.5
    assert [found[f"recall_{most}"] for most in CUTOFFS] == [0, 1, 1, 1]
    assert found["ndcg_10"] == pytest.approx((1 / math.log2(3) + 1 / math.log2(5)) / (1 + 1 / math.log2(3)))


def test_a_question_that_found_nothing_counts_as_zero() -> None:
    found = trec_scores({"q": judged([], {"a": 1}), "r": judged(["a"], {"a": 1})})
    assert set(found["q"].values()) == {0.0}
    assert found["r"]["ndcg_10"] == 1
    assert set(trec_scores({"q": judged([], {"a": 1})})["q"].values()) == {0.0}
    assert trec_scores({}) == {}


names = st.lists(st.integers(0, 30).map(str), unique=True, min_size=1, max_size=25)
grades = st.dictionaries(st.integers(0, 30).map(str), st.integers(1, 3), min_size=1, max_size=12)


@given(names, grades)
def test_ranking_is_what_the_formulas_say(ranking: list[str], relevant: dict[str, int]) -> None:
    found = trec_scores({"q": judged(ranking, relevant)})["q"]
    ranks = [rank for rank, name in enumerate(ranking, 1) if name in relevant]
    assert found["mrr"] == pytest.approx(1 / ranks[0] if ranks else 0.0)
    assert found["ndcg_10"] == pytest.approx(ndcg_by_hand(ranking, relevant))
    for most in CUTOFFS:
        assert found[f"recall_{most}"] == pytest.approx(sum(rank <= most for rank in ranks) / len(relevant))


def test_ranking_is_what_trec_eval_says() -> None:
    draws = random.Random(5)
    questions: dict[str, Judged] = {}
    for number in range(30):
        ranking = draws.sample([f"d{at}" for at in range(60)], 40)
        relevant = {f"d{at}": draws.randint(1, 3) for at in draws.sample(range(60), draws.randint(1, 6))}
        questions[f"q{number}"] = Judged(tuple((name, round(draws.random(), 1)) for name in ranking), relevant)
        questions[f"q{number}"] = Judged(
            tuple(sorted(questions[f"q{number}"].ranking, key=lambda pair: -pair[1])), relevant
        )
    qrels = {name: dict(one.relevant) for name, one in questions.items()}
    run = {name: dict(decreasing(one.ranking)) for name, one in questions.items()}
    theirs = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10", "recip_rank", "recall.1,5,10,100"}).evaluate(run)
    for name, found in trec_scores(questions).items():
        assert found["ndcg_10"] == pytest.approx(theirs[name]["ndcg_cut_10"])
        assert found["mrr"] == pytest.approx(theirs[name]["recip_rank"])
        for most in CUTOFFS:
            assert found[f"recall_{most}"] == pytest.approx(theirs[name][f"recall_{most}"])


def test_our_order_is_kept_where_scores_are_equal() -> None:
    """trec_eval breaks ties by name, the last of the alphabet first; written as we write them there are none."""
    tied = Judged((("a", 0.5), ("b", 0.5), ("c", 0.5)), {"a": 1})
    assert trec_scores({"q": tied})["q"]["mrr"] == 1
    asis = ir_measures.pytrec_eval.calc_aggregate([ir_measures.RR], {"q": {"a": 1}}, {"q": dict(tied.ranking)})
    assert asis[ir_measures.RR] == pytest.approx(1 / 3)


@given(st.lists(st.floats(-1e6, 1e6) | st.sampled_from([0.0, 0.5, 1e-45]), max_size=40))
def test_scores_fall_from_rank_to_rank_even_in_32_bits(scores: list[float]) -> None:
    ordered = sorted(scores, reverse=True)
    written = list(decreasing([(str(at), score) for at, score in enumerate(ordered)]))
    found = [np.float32(score) for _, score in written]
    assert all(a > b for a, b in pairwise(found))
    assert [name for name, _ in written] == [str(at) for at in range(len(ordered))]


@given(st.text(min_size=1).filter(lambda text: text.isascii() or text.encode("utf-8", "ignore").decode() == text))
def test_names_in_trec_files_hold_no_blank_and_come_back(name: str) -> None:
    from urllib.parse import unquote

    found = trec_id(name)
    assert found.split() == [found]
    assert not found.startswith("#")
    assert unquote(found) == name


# SQuAD 2, all questions together


def squad_by_its_definition(predictions: Sequence[str], golds: Sequence[Sequence[str]]) -> tuple[float, float]:
    """Exact match and F1 in percent, from precision and recall as the paper defines them.

    Texts are compared in lower case, without punctuation and articles; an answer that is nothing is right exactly when
    there is no gold answer.
    """
    ems, f1s = [], []
    for predicted, answers in zip(predictions, golds, strict=True):
        wanted = [squad_words(one) for one in answers if squad_words(one)] or [[]]
        given_words = squad_words(predicted)
        ems.append(max(float(given_words == one) for one in wanted))
        best = 0.0
        for one in wanted:
            left, shared = list(one), 0
            for word in given_words:
                if word in left:
                    left.remove(word)
                    shared += 1
            if not one or not given_words:
                best = max(best, float(one == given_words))
            elif shared:
                precision, recall = shared / len(given_words), shared / len(one)
                best = max(best, 2 * precision * recall / (precision + recall))
        f1s.append(best)
    return 100 * fmean(ems), 100 * fmean(f1s)


answers = st.lists(st.sampled_from(["the", "bridge", "Bridge.", "1901", "May", "a", "", "opened in"]), max_size=4).map(
    " ".join
)


@given(st.lists(st.tuples(answers, st.lists(answers, max_size=3)), min_size=1, max_size=10))
def test_squad_2_by_its_definition(pairs: list[tuple[str, list[str]]]) -> None:
    exact, score = squad_by_its_definition([one for one, _ in pairs], [golds for _, golds in pairs])
    assert 100 * fmean(squad_match(one, golds) for one, golds in pairs) == pytest.approx(exact)
    assert 100 * fmean(f1(one, golds) for one, golds in pairs) == pytest.approx(score)


def test_squad_2_on_five_questions_by_hand() -> None:
    """Two answered right, one by half, one refused rightly, one answered that has no answer: EM 60 %, F1 71 %."""
    predictions = ["May 1901", "the bridge", "in 1901 or so", "", "1907"]
    golds = [["May 1901", "1901"], ["Bridge"], ["1901 or then"], [], []]
    exact, score = squad_by_its_definition(predictions, golds)
    half = 2 * (2 / 4) * (2 / 3) / (2 / 4 + 2 / 3)
    assert [exact, score] == pytest.approx([60, 100 * (3 + half) / 5])
    assert 100 * fmean(map(squad_match, predictions, golds)) == pytest.approx(exact)
    assert 100 * fmean(map(f1, predictions, golds)) == pytest.approx(score)
