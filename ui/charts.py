"""The drawings of a report as SVG in HTML. Colours come from the page, so that light, dark and print work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from xml.etree import ElementTree

from quoth.qa import Bin, Estimate, Outcome, RiskPoint

__all__ = ["drawing_tree", "interval_bar", "outcome_bars", "outcome_kind", "reliability_curve", "risk_curve"]

_WIDTH, _HEIGHT = 460, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 26, 28, 40
_BAR = 37  # units from one bar to the next: six of them are as high as a curve
_TOPS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)  # their quarters are whole percentages, or nearly
_GOOD = ("right", "right refusal")


def outcome_kind(outcome: str) -> Literal["good", "bad", "plain"]:
    """The colour an outcome has everywhere."""
    return "good" if outcome in _GOOD else "plain" if outcome == "not scored" else "bad"


def outcome_bars(outcomes: Mapping[Outcome, int]) -> str:
    """One bar an outcome, its number beside it."""
    most = max(outcomes.values(), default=0) or 1
    rows = []
    for at, (name, number) in enumerate(outcomes.items()):
        y, length = 10 + at * _BAR, 270 * number / most
        rows.append(
            f'<text x="108" y="{y + 16}" text-anchor="end">{name}</text>'
            f'<rect class="{outcome_kind(name)}" x="116" y="{y}" width="{length:.1f}" height="24" rx="4"/>'
            f'<text class="number" x="{124 + length:.1f}" y="{y + 16}">{number:,}</text>'
        )
    told = ", ".join(f"{name} {number:,}" for name, number in outcomes.items())
    return _svg(f"Outcomes: {told}", "".join(rows), 18 + _BAR * len(outcomes))


def risk_curve(curve: Sequence[RiskPoint], operating: RiskPoint | None) -> str:
    """Share answered to the right, share of these that is wrong upwards; a dot where the judge stands today."""
    top = next(top for top in _TOPS if top >= max((point.risk for point in curve), default=0.0) or top == 1)
    places = [(point.coverage, point.risk / top) for point in curve]
    drawn = _axes("share of questions answered", "share of them wrong", top) + _line(places)
    told = "Risk-coverage curve"
    if operating is not None:
        x, y = _at(operating.coverage, operating.risk / top)
        label = f"today {operating.coverage:.0%}, {operating.risk:.0%} wrong"
        side, away = ("end", -7) if operating.coverage > 0.5 else ("start", 7)
        drawn += (
            f'<line class="now" x1="{x}" x2="{x}" y1="{_HEIGHT - _BOTTOM}" y2="{_TOP}"/>'
            f'<circle class="today" cx="{x}" cy="{y}" r="5"/>'
            f'<text class="label" x="{x + away:.1f}" y="{_TOP + 15}" text-anchor="{side}">{label}</text>'
        )
        told += f"; today: {operating.coverage:.0%} answered, {operating.risk:.0%} of them wrong"
    return _svg(told, drawn, _HEIGHT)


def reliability_curve(bins: Sequence[Bin]) -> str:
    """The mean score of each bin to the right, the share that was right upwards, with its interval."""
    drawn = _axes("score", "share right", 1.0) + _line([(0.0, 0.0), (1.0, 1.0)], "ideal")
    for one in bins:
        x, y = _at(one.score, one.right.value)
        _, low = _at(0, one.right.low)
        _, high = _at(0, one.right.high)
        drawn += f'<line class="whisker" x1="{x}" x2="{x}" y1="{low}" y2="{high}"/>'
        drawn += f'<circle class="today" cx="{x}" cy="{y}" r="4"><title>{one.right.n} questions</title></circle>'
    return _svg("Calibration: the score against the share that was right", drawn, _HEIGHT)


def interval_bar(estimate: Estimate) -> str:
    """A value between 0 and 1 in its interval."""
    low, value, high = (round(100 * number, 2) for number in (estimate.low, estimate.value, estimate.high))
    span = f'<rect class="span" x="{min(low, 99.5)}" y="2" width="{max(high - low, 0.5):.2f}" height="6"/>'
    dot = f'<rect class="dot" x="{min(max(value - 0.6, 0), 98.8):.2f}" width="1.2" height="10"/>'
    return (
        '<svg class="interval" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="rail" width="100" height="2" y="4"/>{span}{dot}</svg>'
    )


def _at(x: float, y: float) -> tuple[float, float]:
    """Where a point of the unit square is drawn."""
    return (
        round(_LEFT + x * (_WIDTH - _LEFT - _RIGHT), 1),
        round(_HEIGHT - _BOTTOM - y * (_HEIGHT - _TOP - _BOTTOM), 1),
    )


def _axes(across: str, upwards: str, top: float) -> str:
    parts = []
    for step in range(5):
        x, y = _at(step / 4, step / 4)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{top * step / 4:.0%}</text>')
        parts.append(
            f'<text class="tick" x="{x}" y="{_HEIGHT - _BOTTOM + 17}" text-anchor="middle">{step / 4:.0%}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text class="tick" x="{middle}" y="{_HEIGHT - 5}" text-anchor="middle">{across}</text>')
    parts.append(f'<text class="tick" x="{_LEFT}" y="{_TOP - 13}">{upwards}</text>')
    return "".join(parts)


def _line(places: Sequence[tuple[float, float]], kind: str = "curve") -> str:
    points = " ".join("{},{}".format(*_at(*place)) for place in places)
    return f'<polyline class="{kind}" points="{points}"/>'


def _svg(told: str, drawn: str, height: int) -> str:
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{told}">{drawn}</svg>'


def drawing_tree(svg: str) -> dict[str, Any]:
    """A drawing as elements: `tag`, `attributes`, `text` and `children`. A page builds it without reading any markup.

    >>> drawing_tree('<svg role="img"><text x="1">a &amp; b</text></svg>')["children"][0]["text"]
    'a & b'
    """
    return _tree(ElementTree.fromstring(svg))  # noqa: S314  # it was written above


def _tree(element: ElementTree.Element) -> dict[str, Any]:
    return {
        "tag": element.tag,
        "attributes": dict(element.attrib),
        "text": element.text or "",
        "children": [_tree(child) for child in element],
    }
