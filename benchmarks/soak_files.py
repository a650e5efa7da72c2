"""Documents for the soak: small, all different, of every format, and some that cannot be read."""

from __future__ import annotations

import io

from corpus_files import pdf, saved

__all__ = ["KINDS", "made", "question_about", "too_large"]

KINDS = ("txt", "md", "html", "pdf", "docx")
_TOWNS = ("Lund", "Visby", "Kalmar", "Falun", "Umea", "Skara", "Arboga")
_GOODS = ("timber", "salt", "copper", "wool", "herring", "iron", "tar", "grain")


def made(number: int, kind: str) -> tuple[str, bytes]:
    """Name and bytes of the `number`-th document, in this format. KeyError for a format that there is not."""
    lines = _lines(number)
    name = f"harbour-{number}.{kind}"
    if kind == "pdf":
        return name, pdf([lines[:6], lines[6:]])
    if kind == "docx":
        return name, _word(lines)
    forms = {"txt": "{}", "md": "# Harbour\n\n{}", "html": "<!DOCTYPE html><title>Harbour</title><p>{}</p>"}
    return name, forms[kind].format("\n".join(lines)).encode()


def question_about(number: int) -> str:
    """A question that the document of this number answers."""
    return f"When did harbour {number} of {_TOWNS[number % len(_TOWNS)]} open?"


def _lines(number: int) -> list[str]:
    town, goods = _TOWNS[number % len(_TOWNS)], _GOODS[number % len(_GOODS)]
    opened = f"Harbour {number} of {town} opened in {1500 + number % 400}."
    return [opened, *(f"In year {year} it shipped {year * 7 + number} barrels of {goods}." for year in range(1, 12))]


def _word(lines: list[str]) -> bytes:
    import docx

    word = docx.Document()
    for line in lines:
        word.add_paragraph(line)
    return saved(word)


def too_large(megabytes: int) -> tuple[str, io.BytesIO]:
    """A text above a limit of so many MiB."""
    return "large.txt", io.BytesIO(b"word " * ((megabytes << 20) // 5 + 1))
