"""The OpenAPI 3.1 document of the HTTP API: what FastAPI knows of the routes, and what only we know.

That is the schema of an answer (the published one, taken apart into components), the problems, the tokens, and the
examples, which `tests/test_ui_api_examples.py` holds against what a server over the two bundled articles says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from .problems import PROBLEM, Problem
from .record import answer_schema

__all__ = ["ANSWER", "ANSWERS", "FAILURES", "METRICS", "RECORDS", "SCHEMA", "TEXT", "openapi"]

_COMPONENT: Final = "#/components/schemas/"
_RECORD: Final = {"$ref": f"{_COMPONENT}AnswerRecord"}
ANSWER: Final[dict[str, Any]] = {
    "description": "The answer record, of an answer and of a refusal.",
    "content": {"application/json": {"schema": _RECORD}},
}
ANSWERS: Final[dict[str, Any]] = {
    "description": "A line of JSON a question: an AnswerRecord, or an object with `question` and `problem`.",
    "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
}
TEXT: Final[dict[str, Any]] = {
    "description": "The characters themselves, in UTF-8, line ends as they are.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
METRICS: Final[dict[str, Any]] = {
    "description": "In the text format of Prometheus.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
SCHEMA: Final[dict[str, Any]] = {
    "description": "JSON Schema 2020-12.",
    "content": {"application/schema+json": {"schema": {"type": "object"}}},
}
RECORDS: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            # Not the schema of an answer: whether a record is a whole one is what is asked here.
            "application/json": {"schema": {"type": ["object", "array"], "description": "AnswerRecords, or one."}},
            "application/x-ndjson": {"schema": {"type": "string", "description": "An AnswerRecord a line."}},
        },
    }
}
_FAILED: Final = {"content": {PROBLEM: {"schema": {"$ref": f"{_COMPONENT}Problem"}}}}
_REASONS: Final = MappingProxyType(
    {
        400: "No JSON.",
        401: "A token is needed, or this one is not known.",
        403: "The token may read only, or another site's page asked.",
        404: "There is no such document.",
        413: "The body is too large.",
        415: "The body is of a kind that is not taken here.",
        422: "The request does not fit, or the question cannot be asked; `detail` says why.",
        429: "Too many requests; `Retry-After` says when to go on.",
        500: "The library cannot be used, or something unexpected went wrong.",
        503: "Too busy, or another program is writing; `Retry-After` says when to go on.",
        504: "It took too long.",
    }
)
FAILURES: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": reason, **_FAILED} for status, reason in _REASONS.items()
}
"""Of every route."""
_ABOUT: Final = (
    "Ask the documents of one library; every answer is made of their own words. Offsets count Unicode code points of a "
    "document's text, from 0, the end excluded. A refusal is an answer too (status 200, `answered` false)."
)


def openapi(parts: Mapping[str, FastAPI]) -> dict[str, Any]:
    """One document of several applications by the path each is mounted at."""
    documents = {path: get_openapi(title="", version="", routes=app.routes) for path, app in parts.items()}
    paths = {prefix + path: item for prefix, document in documents.items() for path, item in document["paths"].items()}
    schemas: dict[str, Any] = {"Problem": _problem_schema(), **_answer_components()}
    for document in documents.values():
        schemas |= document.get("components", {}).get("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _drop_assumed(paths)
    _add_examples(paths)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Quoth", "version": version("quoth"), "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _answer_components() -> dict[str, Any]:
    """The answer's schema as components; its references lead inside it, and so would be lost in a larger document."""

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: _moved_reference(inner) if key == "$ref" else moved(inner) for key, inner in value.items()}
        return [moved(inner) for inner in value] if isinstance(value, list) else value

    whole = answer_schema()
    parts = {_component(name): moved(part) for name, part in whole.pop("$defs").items()}
    for name in ("$schema", "$id"):
        del whole[name]
    return {"AnswerRecord": moved(whole), **parts}


def _moved_reference(reference: str) -> str:
    return _COMPONENT + _component(reference.removeprefix("#/$defs/"))


def _component(name: str) -> str:
    return f"Answer{name[:1].upper()}{name[1:]}"


def _problem_schema() -> dict[str, Any]:
    schema = TypeAdapter(Problem).json_schema()
    fault = schema.pop("$defs")["Fault"]
    schema["properties"]["errors"] = {"type": "array", "items": fault}
    schema["properties"]["type"]["format"] = "uri"
    return schema


def _drop_assumed(paths: dict[str, Any]) -> None:
    """FastAPI takes every response for JSON, beside what it is."""
    for operation in (operation for path in paths.values() for operation in path.values()):
        content = operation["responses"]["200"]["content"]
        if content.get("application/json", {}).get("schema") == {}:
            del content["application/json"]


def _add_examples(paths: dict[str, Any]) -> None:
    """Puts each example of `api.examples.json` where it belongs; there is none for an operation that is not there."""
    text = (files("quoth.ui") / "api.examples.json").read_text(encoding="utf-8")
    for example in json.loads(text)["examples"]:
        operation = paths[example["path"]][example["method"]]
        name = example["name"]
        if "request" in example:
            content = operation["requestBody"]["content"]["application/json"]
            content.setdefault("examples", {})[name] = {"summary": example["summary"], "value": example["request"]}
        answer = operation["responses"][str(example["status"])]["content"][example["type"]]
        answer.setdefault("examples", {})[name] = {"summary": example["summary"], "value": example["response"]}
