"""The drawings of a report as SVG in HTML. Colours come from the page, so that light, dark and print work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quoth.qa import Bin, Estimate, Outcome, RiskPoint

__all__ = ["interval_bar", "outcome_bars", "reliability_curve", "risk_curve"]

_WIDTH, _HEIGHT = 460, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 22, 12, 36
_TOPS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)  # their quarters are whole percentages, or nearly
_GOOD = ("right", "right refusal")


def outcome_bars(outcomes: Mapping[Outcome, int]) -> str:
    """One bar an outcome, its number beside it."""
    most = max(outcomes.values(), default=0) or 1
    rows = []
    for at, (name, number) in enumerate(outcomes.items()):
        y, length = 8 + at * 30, 270 * number / most
        kind = "good" if name in _GOOD else "plain" if name == "not scored" else "bad"
        rows.append(
            f'<text x="108" y="{y + 14}" text-anchor="end">{name}</text>'
            f'<rect class="{kind}" x="116" y="{y}" width="{length:.1f}" height="20" rx="3"/>'
            f'<text class="number" x="{122 + length:.1f}" y="{y + 14}">{number:,}</text>'
        )
    told = ", ".join(f"{name} {number:,}" for name, number in outcomes.items())
    return _svg(f"Outcomes: {told}", "".join(rows), 16 + 30 * len(outcomes))


def risk_curve(curve: Sequence[RiskPoint], operating: RiskPoint | None) -> str:
    """Share answered to the right, share of these that is wrong upwards; a dot where the judge stands today."""
    top = next(top for top in _TOPS if top >= max((point.risk for point in curve), default=0.0) or top == 1)
    places = [(point.coverage, point.risk / top) for point in curve]
    drawn = _axes("share of questions answered", "share of them wrong", top) + _line(places)
    told = "Risk-coverage curve"
    if operating is not None:
        x, y = _at(operating.coverage, operating.risk / top)
        label = f"today: {operating.coverage:.0%} answered, {operating.risk:.0%} of them wrong"
        drawn += f'<circle class="today" cx="{x}" cy="{y}" r="5"/>'
        corner = f'x="{_WIDTH - _RIGHT}" y="{_HEIGHT - _BOTTOM - 8}"'
        drawn += f'<text class="label" {corner} text-anchor="end">{label}</text>'
        told += f"; {label}"
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
            f'<text class="tick" x="{x}" y="{_HEIGHT - _BOTTOM + 15}" text-anchor="middle">{step / 4:.0%}</text>'
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(f'<text class="tick" x="{middle}" y="{_HEIGHT - 4}" text-anchor="middle">{across}</text>')
    parts.append(f'<text class="tick" x="{_LEFT + 4}" y="{_TOP + 2}">{upwards}</text>')
    return "".join(parts)


def _line(places: Sequence[tuple[float, float]], kind: str = "curve") -> str:
    points = " ".join("{},{}".format(*_at(*place)) for place in places)
    return f'<polyline class="{kind}" points="{points}"/>'


def _svg(told: str, drawn: str, height: int) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{told}">{drawn}</svg>'
