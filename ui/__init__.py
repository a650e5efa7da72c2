"""Every way in: command line, web app, HTTP, MCP. No logic; the answers come from `quoth.qa`.

For programs: answers as records and in the formats of other tools.

    answer_record, answer_schema, quote_record           the JSON record, its schema
    plain_text, markdown, footnotes, csl_json            a quote to be put into a text
    web_annotation, annotation_collection                W3C Web Annotations
    text_fragment, address                               links that open a page at the words
    search_results, cited, Cited                         Anthropic search results, and citations of them
    utf16_span, code_point_span                          offsets as JavaScript counts them, and back

Importing this loads none of them: each is loaded when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from .annotations import annotation_collection, web_annotation
    from .citing import csl_json, footnotes, markdown
    from .citing import plain as plain_text
    from .fragments import address, text_fragment
    from .record import answer_record, answer_schema, quote_record
    from .search_blocks import Cited, cited, search_results
    from .utf16 import code_points as code_point_span
    from .utf16 import utf16 as utf16_span

__all__ = [
    "Cited",
    "address",
    "annotation_collection",
    "answer_record",
    "answer_schema",
    "cited",
    "code_point_span",
    "csl_json",
    "footnotes",
    "markdown",
    "plain_text",
    "quote_record",
    "search_results",
    "text_fragment",
    "utf16_span",
    "web_annotation",
]

_HOMES: Final = MappingProxyType(
    {
        "Cited": "search_blocks.Cited",
        "address": "fragments.address",
        "annotation_collection": "annotations.annotation_collection",
        "answer_record": "record.answer_record",
        "answer_schema": "record.answer_schema",
        "cited": "search_blocks.cited",
        "code_point_span": "utf16.code_points",
        "csl_json": "citing.csl_json",
        "footnotes": "citing.footnotes",
        "markdown": "citing.markdown",
        "plain_text": "citing.plain",
        "quote_record": "record.quote_record",
        "search_results": "search_blocks.search_results",
        "text_fragment": "fragments.text_fragment",
        "utf16_span": "utf16.utf16",
        "web_annotation": "annotations.web_annotation",
    }
)
"""In which module each is at home, and what it is called there."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name].split(".")
    return getattr(import_module(f".{module}", __name__), attribute)
