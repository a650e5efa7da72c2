"""What the pages of reports share: one self-contained file, every word of a document or a person made harmless."""

from __future__ import annotations

from html import escape
from importlib.resources import files

from .plain import visible

__all__ = ["badge", "card", "page_end", "page_start", "percent_or_number", "safe", "table_head"]

_GOOD = frozenset({"right", "right refusal", "better", "gained"})
_BAD = frozenset({"wrong quote", "false refusal", "false answer", "worse", "lost"})
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_FILTER = """
for (const button of document.querySelectorAll(".filter button")) {
  button.addEventListener("click", () => {
    for (const other of button.parentNode.children) other.setAttribute("aria-pressed", String(other === button));
    const wanted = button.dataset.show;
    for (const row of document.querySelectorAll("tr[data-kind]"))
      row.hidden = wanted !== "" && !row.dataset.kind.split("|").includes(wanted);
  });
}
"""


def safe(text: object) -> str:
    """Any text as HTML shows it: nothing in it is a tag, and control characters are spelt out."""
    return escape(visible(str(text)))


def page_start(title: str) -> str:
    """The page up to its first section."""
    static = files("quoth.ui").joinpath("static")
    style = "".join(static.joinpath(name).read_text(encoding="utf-8") for name in ("report.css", "charts.css"))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{safe(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
    )


def page_end() -> str:
    """Its end, with the filter of the table."""
    return f"</main>\n<script>{_FILTER}</script>\n</body>\n</html>\n"


def card(number: str, label: str, detail: str) -> str:
    """A headline number."""
    return f'<div class="card"><b>{safe(number)}</b>{safe(label)}<small>{safe(detail)}</small></div>\n'


def badge(word: str) -> str:
    """A word in the colour of what it says."""
    kind = "good" if word in _GOOD else "bad" if word in _BAD else ""
    return f'<span class="badge {kind}">{safe(word)}</span>'


def table_head(*columns: str, kind: str = "") -> str:
    """The beginning of a table that scrolls in a narrow window; a column that ends with # holds figures."""
    heads = (f"<th class='figure'>{name[:-1]}</th>" if name.endswith("#") else f"<th>{name}</th>" for name in columns)
    return f"<div class='wide' tabindex='0'><table class='{kind}'><thead><tr>{''.join(heads)}</tr></thead>\n"


def percent_or_number(value: float, kind: str) -> str:
    """A rate as a percentage, anything else with three digits.

    >>> percent_or_number(0.8125, "rate"), percent_or_number(0.8125, "mean")
    ('81.2 %', '0.812')
    """
    return f"{100 * value:.1f} %" if kind.endswith("rate") else f"{value:.3f}"
