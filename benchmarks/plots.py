"""Plots of measured figures, drawn by matplotlib as SVG: the same figures give the same file."""

from __future__ import annotations

from pathlib import Path

from .tables import Plot

__all__ = ["draw"]

_LINES = ("-", "--", "-.", ":")
_MARKS = ("o", "s", "^", "D", "v", "P")
_INK = "#57606a"  # readable on a light and on a dark page
_COLOURS = ("#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#6e7781")


def draw(plot: Plot, path: Path) -> None:
    """Write the plot to `path`, an .svg."""
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogFormatter

    with mpl.rc_context({"svg.hashsalt": plot.name, "svg.fonttype": "none", "font.size": 10}):
        mpl.rcParams.update({"text.color": _INK, "axes.edgecolor": _INK, "axes.labelcolor": _INK})
        mpl.rcParams.update({"xtick.color": _INK, "ytick.color": _INK})
        figure = Figure(figsize=(7, 3.6), layout="constrained")
        axes = figure.subplots()
        for at, line in enumerate(plot.series):
            style = {"linestyle": _LINES[at % len(_LINES)], "marker": _MARKS[at % len(_MARKS)], "markersize": 4}
            across, up = [x for x, _ in line.points], [y for _, y in line.points]
            axes.plot(across, up, label=line.label, color=_COLOURS[at % len(_COLOURS)], **style)  # type: ignore[arg-type]
        axes.set(title=plot.title, xlabel=plot.across, ylabel=plot.up)
        axes.set_xscale("log" if plot.log_across else "linear")
        axes.set_yscale("log" if plot.log_up else "linear")
        for axis, is_log in ((axes.xaxis, plot.log_across), (axes.yaxis, plot.log_up)):
            if is_log:  # 0.3 and not 3 times a power of ten
                axis.set_major_formatter(LogFormatter())
                axis.set_minor_formatter(LogFormatter(minor_thresholds=(2, 0.5)))
        axes.grid(visible=True, which="major", alpha=0.25)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        if len(plot.series) > 1:
            axes.legend(frameon=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None}, transparent=True)
