"""An answer in the formats of other tools, by the names that `quoth ask --format` knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from quoth.qa import Abstention, Answer, Quote

from .annotations import annotation_collection
from .citing import csl_json, footnotes, markdown, plain
from .fragments import address
from .search_blocks import search_results

__all__ = ["FORMATS", "formatted"]


def formatted(outcome: Answer | Abstention, name: str) -> str | dict[str, Any] | list[dict[str, Any]]:
    """The outcome in the format of this name: text that ends with a line feed, or a value to be written as JSON.

    A refusal has no quotes: texts say so and why, values are empty. KeyError for a name that is not in `FORMATS`.
    """
    if isinstance(outcome, Answer):
        return FORMATS[name](outcome.question, outcome.quotes)
    empty = FORMATS[name](outcome.question, ())
    return f"No answer. {outcome.reason}\n" if isinstance(empty, str) else empty


def _plain(_: str, quotes: tuple[Quote, ...]) -> str:
    return "\n".join(f"{plain(quote)}\n" for quote in quotes)


def _markdown(_: str, quotes: tuple[Quote, ...]) -> str:
    return "\n".join(markdown(quote, address(quote)) for quote in quotes)


def _footnotes(_: str, quotes: tuple[Quote, ...]) -> str:
    return footnotes(quotes)


def _csl(_: str, quotes: tuple[Quote, ...]) -> list[dict[str, Any]]:
    return csl_json(*quotes)


def _w3c(question: str, quotes: tuple[Quote, ...]) -> dict[str, Any]:
    return annotation_collection(quotes, question)


def _anthropic(_: str, quotes: tuple[Quote, ...]) -> list[dict[str, Any]]:
    return search_results(quotes)


FORMATS: Final[Mapping[str, Callable[[str, tuple[Quote, ...]], str | dict[str, Any] | list[dict[str, Any]]]]] = (
    MappingProxyType(
        {
            "plain": _plain,
            "markdown": _markdown,
            "footnotes": _footnotes,
            "csl": _csl,
            "w3c": _w3c,
            "anthropic": _anthropic,
        }
    )
)
"""Plain text, Markdown blockquotes, Markdown footnotes, CSL-JSON, W3C annotations, Anthropic search results: each made
of the question and the quotes."""
