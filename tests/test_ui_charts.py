"""Drawings of any numbers a report can hold: well formed, every point inside, nothing that is no number."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from quoth.qa import Bin, Estimate, EvaluationReport, LibraryStamp, Outcome, RiskPoint
from quoth.qa.evaluation import Counts
from quoth.qa.scoring import Scored
from quoth.ui.charts import drawing_tree, interval_bar, outcome_bars, reliability_curve, risk_curve
from quoth.ui.pictures import pictures

SHARES = st.floats(0, 1)
ESTIMATES = st.tuples(SHARES, SHARES, SHARES, st.integers(1, 10**7)).map(
    lambda drawn: Estimate(sorted(drawn[:3])[1], min(drawn[:3]), max(drawn[:3]), drawn[3])
)
POINTS = st.builds(RiskPoint, SHARES, SHARES, SHARES)
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
DEGENERATE = [Estimate(value, value, value, 1) for value in (0.0, 0.5, 1.0)] + [Estimate(0.0, 0.0, 1.0, 1)]


def drawing(text: str) -> etree._Element:
    """The drawing, after every number in it was seen to be one and to lie where it can be seen."""
    root = etree.fromstring(text)
    assert not re.search(r"nan|inf|\de[+-]?\d", re.sub(r">[^<]*<|aria-label=\"[^\"]*\"", "", text))
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    for element in root.iter():
        across = [float(element.attrib[name]) for name in ("x", "x1", "x2", "cx") if name in element.attrib]
        upwards = [float(element.attrib[name]) for name in ("y", "y1", "y2", "cy") if name in element.attrib]
        for place in element.attrib.get("points", "").split():
            x, y = map(float, place.split(","))
            across.append(x)
            upwards.append(y)
        assert all(0 <= x <= width for x in across)
        assert all(0 <= y <= height for y in upwards)
        assert float(element.attrib.get("width", 0)) >= 0
    return root


def texts(root: etree._Element) -> list[str]:
    return [str(element.text) for element in root.iter("text")]


@given(st.dictionaries(st.sampled_from(OUTCOMES), st.integers(0, 10**9)))
def test_a_bar_an_outcome_as_long_as_its_share_of_the_longest(outcomes: dict[Outcome, int]) -> None:
    root = drawing(outcome_bars(outcomes))
    bars = [float(bar.attrib["width"]) for bar in root.iter("rect")]
    assert len(bars) == len(outcomes)
    most = max(outcomes.values(), default=0)
    for bar, number in zip(bars, outcomes.values(), strict=True):
        assert bar == pytest.approx(270 * number / most if most else 0, abs=0.06)
    assert texts(root) == [told for name, number in outcomes.items() for told in (name, f"{number:,}")]
    assert all(f"{name} {number:,}" in root.attrib["aria-label"] for name, number in outcomes.items())


def test_good_and_bad_outcomes_are_told_apart() -> None:
    root = drawing(outcome_bars(dict.fromkeys(OUTCOMES, 1)))
    kinds = dict(zip(OUTCOMES, [bar.attrib["class"] for bar in root.iter("rect")], strict=True))
    assert {name for name, kind in kinds.items() if kind == "good"} == {"right", "right refusal"}
    assert {name for name, kind in kinds.items() if kind == "plain"} == {"not scored"}


@given(st.lists(POINTS, max_size=9), st.none() | POINTS)
def test_a_risk_curve_has_every_point_and_keeps_their_order(
    curve: list[RiskPoint], operating: RiskPoint | None
) -> None:
    top = max((point.risk for point in curve), default=0.0)
    if operating is not None and operating.risk > top:  # it is one of the curve's points
        curve = [*curve, operating]
    root = drawing(risk_curve(curve, operating))
    (line,) = root.iter("polyline")
    places = [tuple(map(float, place.split(","))) for place in line.attrib["points"].split()]
    assert len(places) == len(curve)
    ranked = sorted(zip(curve, places, strict=True), key=lambda pair: pair[0].risk)
    heights = [y for _, (_, y) in ranked]
    assert heights == sorted(heights, reverse=True), "the more risk, the higher"
    assert len(list(root.iter("circle"))) == (operating is not None)
    assert ("today" in root.attrib["aria-label"]) == (operating is not None)


@pytest.mark.parametrize("value", [0.0, 0.1, 0.4, 1.0])
@pytest.mark.parametrize("n", [1, 7])
def test_a_risk_curve_of_equal_points(value: float, n: int) -> None:
    root = drawing(risk_curve([RiskPoint(value, value, value)] * n, RiskPoint(value, value, value)))
    (line,) = root.iter("polyline")
    assert len(set(line.attrib["points"].split())) == 1
    (dot,) = root.iter("circle")
    assert f"{dot.attrib['cx']},{dot.attrib['cy']}" in line.attrib["points"]


@given(st.lists(st.builds(Bin, SHARES, SHARES, SHARES, ESTIMATES | st.sampled_from(DEGENERATE)), max_size=10))
def test_a_dot_and_a_whisker_a_bin_with_the_dot_in_its_whisker(bins: list[Bin]) -> None:
    root = drawing(reliability_curve(bins))
    dots, whiskers = list(root.iter("circle")), [one for one in root.iter("line") if one.attrib["class"] == "whisker"]
    assert len(dots) == len(whiskers) == len(bins)
    for one, dot, whisker in zip(bins, dots, whiskers, strict=True):
        x, y, low, high = (
            float(place) for place in (*map(dot.get, ("cx", "cy")), *map(whisker.get, ("y1", "y2"))) if place
        )
        assert high <= y <= low, "upwards is less"
        assert float(whisker.attrib["x1"]) == float(whisker.attrib["x2"]) == x
        assert dot.findtext("title") == f"{one.right.n} questions"


@given(ESTIMATES | st.sampled_from(DEGENERATE))
def test_an_interval_bar_spans_its_interval(estimate: Estimate) -> None:
    root = drawing(interval_bar(estimate))
    (span,) = (one for one in root.iter("rect") if one.attrib["class"] == "span")
    assert float(span.attrib["x"]) == pytest.approx(min(100 * estimate.low, 99.5), abs=0.01)
    (dot,) = (one for one in root.iter("rect") if one.attrib["class"] == "dot")
    assert 0 <= float(dot.attrib["x"]) <= 100 - float(dot.attrib["width"]), "inside the drawing"
    assert float(span.attrib["width"]) == pytest.approx(max(100 * (estimate.high - estimate.low), 0.5), abs=0.02)
    assert math.isfinite(float(span.attrib["width"]))
    assert root.attrib["aria-hidden"] == "true", "the numbers stand beside it"


DRAWINGS = st.one_of(
    st.dictionaries(st.sampled_from(OUTCOMES), st.integers(0, 10**9)).map(outcome_bars),
    st.builds(risk_curve, st.lists(POINTS, max_size=5), st.none() | POINTS),
    ESTIMATES.map(interval_bar),
)


@given(DRAWINGS)
def test_the_tree_of_a_drawing_is_the_drawing(svg: str) -> None:
    """What the Evaluate tab builds is what stands in report.html."""

    def built(tree: dict[str, Any]) -> etree._Element:
        element = etree.Element(tree["tag"], tree["attributes"])
        element.text = tree["text"] or None
        element.extend(built(child) for child in tree["children"])
        return element

    assert etree.tostring(built(drawing_tree(svg)), method="c14n") == etree.tostring(
        etree.fromstring(svg), method="c14n"
    )


@pytest.mark.parametrize(("coverage", "side"), [(0.0, "start"), (0.5, "start"), (0.51, "end"), (1.0, "end")])
def test_the_words_at_todays_point_stay_inside(coverage: float, side: str) -> None:
    today = RiskPoint(0.5, coverage, 0.25)
    root = drawing(risk_curve([today], today))
    (label,) = (text for text in root.iter("text") if text.get("class") == "label")
    assert (label.text, label.get("text-anchor")) == (f"today {coverage:.0%}, 25% wrong", side)
    room = float(label.attrib["x"]) if side == "end" else 460 - float(label.attrib["x"])
    assert room > 200, "at 16 units a letter and ten a word"
    (now,) = (line for line in root.iter("line") if line.get("class") == "now")
    (dot,) = root.iter("circle")
    assert now.attrib["x1"] == now.attrib["x2"] == dot.attrib["cx"]


# The pictures with their words


def report_of(outcomes: Mapping[Outcome, int], right: list[tuple[float, bool]], threshold: float) -> EvaluationReport:
    counts = Counts()
    for outcome, number in outcomes.items():
        counts.outcomes[outcome] += number
    for score, good in right:
        counts.add(True, Scored("right" if good else "wrong quote", score >= threshold, score, good, {}))
    return counts.report("q", LibraryStamp("l", 1, 1), threshold, (0, 0), ())


def test_the_pictures_say_in_words_what_they_show() -> None:
    scored = [(0.9, True), (0.8, True), (0.7, False), (0.6, True), (0.1, False)]
    found = pictures(report_of({"not scored": 2, "right refusal": 1}, scored, 0.65))
    assert [one.title for one in found][:2] == ["What became of the questions", "What refusing buys"]
    assert found[0].words == "4 of 6 scored questions went right: answered rightly, or rightly refused."
    assert found[1].words == (
        "Today 60% of the scored questions are answered, and 33% of these answers are wrong. The curve answers the "
        "surest questions first: of the surest 60% it would get 33% wrong, of all 40%."
    )
    assert "Expected calibration error 0." in found[2].words


def test_where_nothing_can_be_scored_only_the_outcomes_are_drawn() -> None:
    (only,) = pictures(report_of({"not scored": 3}, [], 0.5))
    assert only.words == "No question of the file says what would be right."
