"""Whether every quote of an answer is what stands at its place, by the text the server itself gives."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

__all__ = ["Quotes", "passages_in"]


class Quotes:
    """Fetches the place of each quote. A document's id is the hash of its file, so that the text of one that was
    removed since is still what was fetched while it was there.
    """

    def __init__(self, http: httpx.Client) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._http, self._lock = http, threading.Lock()
        self._texts: dict[str, str] = {}

    def remember(self, document: str) -> None:
        """Keep the text of a document that may go away; of the last hundred."""
        text = self._http.get(f"/api/v1/documents/{document}/text").raise_for_status().text
        with self._lock:
            self._texts[document] = text
            if len(self._texts) > 100:
                del self._texts[next(iter(self._texts))]

    def check(self, body: Any) -> None:
        """Count each passage in this JSON as verified, as wrong, or as gone before anything could be compared."""
        for one in passages_in(body):
            said = self._judged(one)
            with self._lock:
                self.counts[said] += 1
                if said == "wrong":
                    self.wrong.append(repr(one)[:2_000])

    def _judged(self, one: Mapping[str, Any]) -> str:
        source = one["source"]
        document, start, stop = source["document"], source["start"], source["stop"]
        place = {"start": start, "stop": stop}
        response = self._http.get(f"/api/v1/documents/{document}/text", params=place)
        if response.status_code == 404:
            with self._lock:
                whole = self._texts.get(document)
            if whole is None:
                return "gone"
            digest = one.get("receipt", {}).get("text_sha256")
            if digest is not None and hashlib.sha256(whole.encode()).hexdigest() != digest:
                return "wrong"
            return "verified after removal" if whole[start:stop] == one["text"] else "wrong"
        return "verified" if response.status_code == 200 and response.text == one["text"] else "wrong"


def passages_in(body: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in a JSON value that has a text and the place it is said to stand at."""
    if isinstance(body, dict):
        source = body.get("source")
        if isinstance(body.get("text"), str) and isinstance(source, dict) and "start" in source:
            yield body
        for part in body.values():
            yield from passages_in(part)
    elif isinstance(body, list):
        for part in body:
            yield from passages_in(part)
