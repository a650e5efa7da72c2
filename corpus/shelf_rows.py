"""How the shelf's rows are declared, and the seal that tells whether one is still as it was stored."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Final

from .document import DocumentId

__all__ = ["ARRIVALS", "SEALS", "SHELF_SCHEMA", "seal", "sealed_as"]

# A table of its own: an older Quoth, which knows nothing of it, still writes to the other one, and with it goes a row.
ARRIVALS = """
CREATE TABLE IF NOT EXISTS arrivals (
    id TEXT PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE, at TEXT NOT NULL, file_bytes INTEGER NOT NULL
) WITHOUT ROWID
"""
# So is this: what tells that the row beside the text is as it was stored.
SEALS = """
CREATE TABLE IF NOT EXISTS seals (
    id TEXT PRIMARY KEY REFERENCES documents(id) ON DELETE CASCADE, digest TEXT NOT NULL
) WITHOUT ROWID
"""
SHELF_SCHEMA: Final = f"""
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, uri TEXT NOT NULL, text TEXT NOT NULL, characters INTEGER NOT NULL,
    marks TEXT NOT NULL, file_sha256 TEXT NOT NULL, text_sha256 TEXT NOT NULL, extractor TEXT NOT NULL
);
{ARRIVALS};
{SEALS};
"""


def sealed_as(sql: sqlite3.Connection, id: DocumentId) -> str | None:
    """The digest of a document's row as it was stored; None in a library of before."""
    if sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'seals'").fetchone() is None:
        return None
    row = sql.execute("SELECT digest FROM seals WHERE id = ?", (id,)).fetchone()
    return None if row is None else str(row[0])


def seal(*row: str | int) -> str:
    """The digest of everything in a row but the text, which has its own."""
    return hashlib.blake2b(json.dumps(row).encode(), digest_size=16).hexdigest()
