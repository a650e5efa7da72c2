"""What the MCP tools are called, what they take and what they give, as JSON Schema. Loads nothing of the library."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from mcp_types import Tool, ToolAnnotations

__all__ = ["LONGEST_READ", "MOST_DOCUMENTS", "tools"]

LONGEST_READ: Final = 20_000
"""Characters that `read_source` gives at once: some five thousand tokens of a language model."""
MOST_DOCUMENTS: Final = 500
"""That `list_documents` gives at once."""

_HINTS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_QUESTION_TEXT = {"type": "string", "minLength": 1, "maxLength": 2000}
_NAME = {"type": "string", "minLength": 1, "maxLength": 500}
_SEARCHED: dict[str, Any] = {
    "question": {**_QUESTION_TEXT, "description": "In plain words, as a person would ask it."},
    "documents": {
        "type": "array",
        "items": _NAME,
        "minItems": 1,
        "maxItems": 500,
        "description": "Search these documents only: ids, or file names with or without their ending.",
    },
    "history": {
        "type": "array",
        "items": _QUESTION_TEXT,
        "maxItems": 20,
        "description": "Earlier questions of the conversation, oldest first; they complete a follow-up question.",
    },
}
_COUNT = {"type": "integer", "minimum": 0}
_PLACE = {"type": "integer", "minimum": 0, "maximum": 10**12}
_TEXT = {"type": "string"}
_NEXT = {"type": ["integer", "null"], "minimum": 1, "description": "`start` of what comes next; null at the end."}
_DOCUMENT = {
    "id": {"type": "string", "pattern": "^[0-9a-f]{16}$"},
    "title": _TEXT,
    "uri": {**_TEXT, "description": "Where it was read from."},
    "resource": {**_TEXT, "description": "Its address here, for resources/read."},
    "characters": _COUNT,
    "passages": _COUNT,
    "file_sha256": _TEXT,
    "text_sha256": _TEXT,
    "extractor": _TEXT,
}
_READ = {
    **{name: _DOCUMENT[name] for name in ("title", "uri", "characters", "text_sha256")},
    "document": _DOCUMENT["id"],
    "text": {**_TEXT, "description": "Characters `start` to `stop` (end-exclusive, Unicode code points), exactly."},
    "start": _COUNT,
    "stop": _COUNT,
    "page": {"type": ["integer", "null"]},
    "heading": {"type": ["string", "null"]},
    "line_start": _COUNT,
    "line_stop": _COUNT,
    "next": _NEXT,
}

_ASK = (
    "Answer a question by verbatim quotes from the documents of this library, each with its exact place, or say that "
    "they do not answer it. Use it before answering anything that the documents may know. When `answered` is false, "
    "say so: the passages under `nearest` are the closest ones and not an answer."
)
_SEARCH = (
    "Rank the passages of this library by a question or some words, without judging whether they answer it. Use it to "
    "look around, and `ask` for an answer."
)
_READ_SOURCE = (
    "Read the text of a document exactly as it stands, for example what is said around a quote. Gives at most "
    f"{LONGEST_READ:,} characters; `next` is where to read on."
)
_LIST = "List the documents of this library with their ids, titles and origins."


@lru_cache(maxsize=1)
def tools() -> dict[str, Tool]:
    """Every tool by its name."""
    part = {"type": "integer", "minimum": 1, "maximum": 50}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST_DOCUMENTS, "default": 100}
    known = (
        _tool("ask", "Ask the documents", _ASK, {**_SEARCHED, "quotes": {**part, "default": 3}}, _answer()),
        _tool("search", "Search the documents", _SEARCH, {**_SEARCHED, "limit": {**part, "default": 10}}, _hits()),
        _tool(
            "read_source",
            "Read a document",
            _READ_SOURCE,
            {
                "document": {**_NAME, "description": "Its id, or its file name with or without the ending."},
                "start": {**_PLACE, "default": 0, "description": "First character, from 0."},
                "stop": {**_PLACE, "description": "First character that is not read any more."},
            },
            _closed(_READ),
            required="document",
        ),
        _tool(
            "list_documents",
            "List the documents",
            _LIST,
            {"start": {**_PLACE, "default": 0, "description": "Pass over so many."}, "limit": limit},
            _closed({"documents": {"type": "array", "items": _closed(_DOCUMENT)}, "total": _COUNT, "next": _NEXT}),
            required=None,
        ),
    )
    return {tool.name: tool for tool in known}


def _tool(
    name: str,
    title: str,
    description: str,
    takes: dict[str, Any],
    gives: dict[str, Any],
    required: str | None = "question",
) -> Tool:
    schema = {**_closed(takes), "required": [] if required is None else [required]}
    return Tool(
        name=name, title=title, description=description, input_schema=schema, output_schema=gives, annotations=_HINTS
    )


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object of exactly these properties."""
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _answer() -> dict[str, Any]:
    """The published schema of an answer record. Its `$id` stays away: a client that reads the list of tools a second
    time would meet a schema whose name it has already.
    """
    published: dict[str, Any] = json.loads((files("quoth.ui") / "answer.schema.json").read_text(encoding="utf-8"))
    del published["$id"]
    return published


def _hits() -> dict[str, Any]:
    source = _answer()["$defs"]["source"]
    number = {"type": "number"}
    hit = _closed({"text": _TEXT, "source": source, "score": number, "dense": number, "lexical": number})
    return _closed({"question": _TEXT, "hits": {"type": "array", "items": hit, "description": "Best first."}})
