"""The small question file that shows what one is: about the two bundled articles, in our own words."""

from __future__ import annotations

import csv
import io
import json
from typing import Final

__all__ = ["TEMPLATE_NAME", "template"]

TEMPLATE_NAME: Final = "quoth-questions"
_SUMMIT, _JAPAN = "first-central-asia-japan-summit.txt", "japan-engages-with-central-asia.txt"
_ROWS: Final = (
    ("Which route connects Central Asia with Europe, bypassing Russia?", "Caspian Sea route", _SUMMIT, True),
    ("What are the main topics of the December summit?", "logistics and energy", _JAPAN, True),
    ("How much does the Caspian Sea route cost?", "", "", False),
)


def template(form: str) -> str:
    """The file as `csv` or as `jsonl`."""
    if form == "csv":
        table = io.StringIO()
        writer = csv.writer(table, lineterminator="\r\n")
        writer.writerow(("question", "answer", "document", "answerable"))
        writer.writerows((*row[:3], str(row[3]).lower()) for row in _ROWS)
        return table.getvalue()
    return "".join(json.dumps(_record(*row), ensure_ascii=False) + "\n" for row in _ROWS)


def _record(question: str, answer: str, document: str, answerable: bool) -> dict[str, object]:
    answers = [{"text": answer, "document": document}] if answerable else []
    return {"question": question, "answers": answers, "answerable": answerable}
