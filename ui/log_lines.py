"""What the log of the server looks like: a line for each thing that happened, as text or as JSON.

A line cannot be forged: whatever came from outside is escaped, and the further lines of a traceback are indented.
Importing this changes nothing; `quoth serve` calls `log_to`.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, Final, TextIO

__all__ = ["FIELDS", "FORMATS", "JsonLines", "TextLines", "log_to"]

FORMATS: Final = ("text", "json")
FIELDS: Final = "quoth_fields"
"""The attribute of a log record that holds what is known of a request."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9._:/{}+*-]+", re.ASCII)
_INDENT: Final = "    | "


class JsonLines(logging.Formatter):
    """One JSON object a line: `time` (UTC), `level`, `message`, then what is known of the request."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        said: dict[str, Any] = {"time": _time(record), "level": record.levelname.lower()}
        said |= {"logger": record.name, "message": record.getMessage(), **_fields(record)}
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, default=str)


class TextLines(logging.Formatter):
    """`TIME LEVEL message name=value ...`; a value that is not plain is written as a JSON string."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end, and below it a traceback where there is one."""
        fields = " ".join(f"{name}={_plain(value)}" for name, value in _fields(record).items())
        message = json.dumps(record.getMessage(), ensure_ascii=False)[1:-1].replace('\\"', '"')
        lines = [f"{_time(record)} {record.levelname} {_visible(message)} {fields}".rstrip()]
        if record.exc_info:
            lines += [_INDENT + _visible(line) for line in self.formatException(record.exc_info).splitlines()]
        return "\n".join(lines)


def log_to(stream: TextIO, form: str = "text") -> None:
    """From now on everything is logged to `stream`: what Quoth does, and of other libraries warnings and errors."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("quoth").setLevel(logging.INFO)


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    found = getattr(record, FIELDS, None)
    return found if isinstance(found, Mapping) else {}


def _time(record: logging.LogRecord) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"


def _plain(value: object) -> str:
    said = str(value)
    return said if _PLAIN.fullmatch(said) else json.dumps(said)


def _visible(text: str) -> str:
    """Without what moves a terminal's cursor or ends a line."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)
