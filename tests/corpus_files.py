"""Real small files of each format, made in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pypdf
from docx.document import Document as WordDocument


def pdf(pages: Sequence[Sequence[str]], title: str | None = None) -> bytes:
    """A PDF of the simplest kind, written by hand: Helvetica, a line of ASCII text each 20 points."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for lines in pages:
        escaped = [line.replace("(", "\\(").replace(")", "\\)") for line in lines]
        shown = " ".join(f"({line}) Tj 0 -20 Td" for line in escaped)
        stream = f"BT /F1 12 Tf 72 720 Td {shown} ET"
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {len(objects)} 0 R >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    info = ""
    if title is not None:
        objects.append(f"<< /Title ({title}) >>")
        info = f" /Info {len(objects)} 0 R"
    return pdf_file(objects, info)


def pdf_file(objects: Sequence[str], info: str = "") -> bytes:
    """A PDF of these objects, numbered from 1; the first is its root."""
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R{info} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def locked_pdf(password: str) -> bytes:
    """A PDF that opens with `password` only; with an empty one, it opens for everybody but is still encrypted."""
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([["The treaty was signed in Tokyo."]])))
    writer.encrypt(user_password=password, owner_password=password + "!", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def saved(word: WordDocument) -> bytes:
    """The bytes of a Word file."""
    out = io.BytesIO()
    word.save(out)
    return out.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    """A ZIP archive of these parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return out.getvalue()
