"""Requests made wrong on purpose: their JSON, parts, headers, paths and queries. See mutating.py for bytes.

Everything is drawn from a `random.Random`, so that a number names a case for good.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

from mutating import damaged_bytes, odd_text
from wire_bits import (
    DEEP,
    ENCODINGS,
    HEADERS,
    LONG,
    METHODS,
    NAMED,
    NAMES,
    PARAMETERS,
    PARTS,
    SEGMENTS,
    VALUES,
)
from wire_requests import Sent

__all__ = ["damaged_call", "damaged_json", "damaged_request"]

_BEYOND_ASCII = re.compile("[^\x00-\x7f]")


def damaged_request(rng: random.Random, sent: Sent) -> Sent:
    """One to three edits, most of them of its body if it has one."""
    kinds: Sequence[Callable[[random.Random, Sent], Sent]] = (_headers, _path, _query, _method)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        edit = _body if sent.body and rng.random() < 0.65 else rng.choice(kinds[: 4 if rng.random() < 0.3 else 3])
        sent = edit(rng, sent)
    return sent


def _body(rng: random.Random, sent: Sent) -> Sent:
    body = sent.body
    if b"--edge" in body:
        body = _multipart(rng, body)
    elif rng.random() < 0.75:
        body = damaged_call(rng, body) if sent.path == "/mcp" else damaged_json(rng, body)
    else:
        body = damaged_bytes(rng, body)
    return Sent(sent.method, sent.path, sent.headers, body)


def damaged_call(rng: random.Random, line: bytes) -> bytes:
    """A request of JSON-RPC damaged, most often in its `params` alone: the rest decides whether these are looked at."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return damaged_bytes(rng, line)
    if rng.random() < 0.4 or not isinstance(message, dict) or next(reversed(message), "") != "params":
        return damaged_json(rng, line)
    params = damaged_json(rng, json.dumps(message["params"], ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return json.dumps({**message, "params": 0}).encode()[:-2] + params + b"}"


def damaged_json(rng: random.Random, body: bytes) -> bytes:
    """One to four nodes of the JSON replaced, left out, doubled, renamed or wrapped; or all of it damaged as bytes."""
    try:
        value = json.loads(body)
        for _ in range(rng.choice((1, 1, 2, 4))):
            value = _edited(rng, value)
        text = json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):  # it was damaged before, or is nested too deep by now
        return damaged_bytes(rng, body)
    if rng.random() < 0.7:
        text = text.encode("utf-8", "replace").decode()  # with no half a character, which no one reads beyond
    if rng.random() < 0.5:
        text = _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], text)
    depth = rng.choice((50, 500, 990, 1_100, 20_000))
    text = text.replace(f'"{DEEP}"', rng.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth)))
    text = text.replace(f'"{LONG}"', "9" * rng.choice((4_300, 4_301, 50_000)))
    if rng.random() < 0.1:
        text = text.replace("{", '{"id": [], "question": 0, "data": 1, ', 1)  # names that come twice
    encoding = rng.choice(ENCODINGS)
    data = text.encode(encoding, "replace" if encoding == "latin-1" else "surrogatepass")
    return damaged_bytes(rng, data) if rng.random() < 0.1 else data


def _edited(rng: random.Random, whole: Any) -> Any:
    root = [deepcopy(whole)]
    places = list(_places(root))
    holder, key = rng.choice(places)
    what = rng.random()
    if what < 0.55:
        holder[key] = _value(rng, holder[key])
    elif what < 0.65 and holder is not root:
        del holder[key]
    elif what < 0.75 and isinstance(holder, dict):
        holder[rng.choice((*NAMES, odd_text(rng, 3)))] = holder.pop(key)
    elif what < 0.85:
        holder[key] = rng.choice(([holder[key]], {"a": holder[key]}, [holder[key]] * rng.choice((2, 50, 1_100))))
    elif isinstance(holder, list) and holder is not root:
        holder.insert(rng.randint(0, len(holder)), _value(rng, holder[key]))
    else:
        other, at = rng.choice(places)
        holder[key] = deepcopy(other[at])  # not the same one: a part may not hold itself
    return root[0]


def _places(node: Any) -> Any:
    """Every slot of a value: what holds it, and the key there."""
    for key in list(node) if isinstance(node, dict) else range(len(node)):
        yield node, key
        if isinstance(node[key], dict | list):
            yield from _places(node[key])


def _value(rng: random.Random, old: Any) -> Any:
    what = rng.random()
    if what < 0.35:
        return odd_text(rng)
    if what < 0.5 and isinstance(old, str):
        begun = old[: rng.randint(0, len(old))] + odd_text(rng, 4)
        return old * rng.choice((2, 30, 300)) if rng.random() < 0.5 else begun
    return deepcopy(rng.choice(VALUES))


def _multipart(rng: random.Random, body: bytes) -> bytes:
    what = rng.random()
    if what < 0.4:
        at = body.find(b"filename=")
        stop = body.find(b"\r\n", at)
        return body[:at] + rng.choice(NAMED) + (body[stop:] if rng.random() < 0.7 else b"; " + body[at:])
    if what < 0.55:
        at = body.find(b"\r\n") + 2
        return body[:at] + rng.choice(PARTS) + body[at:]
    if what < 0.65:
        return body.replace(b"\r\n", rng.choice((b"\n", b"\r", b"\n\r", b"\r\n\r\n")))
    if what < 0.75:
        begun = body[: rng.randint(0, len(body))]
        return rng.choice((body * 2, begun, b"junk\r\n" + body, body + b"junk", b"--edge--"))
    return damaged_bytes(rng, body)


def _headers(rng: random.Random, sent: Sent) -> Sent:
    headers = list(sent.headers)
    name, values = rng.choice(HEADERS[:3] if sent.body and rng.random() < 0.4 else HEADERS)
    value = rng.choice(values)
    what = rng.random()
    if what < 0.15 and headers:
        del headers[rng.randrange(len(headers))]
    elif what < 0.5:
        headers = [(one, old) for one, old in headers if one.lower() != name.lower()]
        headers.append((name, value))
    elif what < 0.9:
        headers.insert(rng.randint(0, len(headers)), (name, value))  # it may be there twice
    else:
        headers.append((rng.choice(("X", name)), rng.choice(("a" * 20_000, "\x01", "", "\xff" * 50))))
    return Sent(sent.method, sent.path, tuple(headers), sent.body)


def _path(rng: random.Random, sent: Sent) -> Sent:
    path, _, query = sent.path.partition("?")
    segments = path.split("/")
    at = rng.randrange(1, len(segments))
    what, odd = rng.random(), rng.choice(SEGMENTS)
    if what < 0.6:
        segments[at] = odd
    elif what < 0.75:
        segments.insert(at, odd)
    elif what < 0.9:
        segments[at] += odd
    else:
        del segments[at]
    path = "/".join(segments) or "/"
    return Sent(sent.method, f"{path}?{query}" if query else path, sent.headers, sent.body)


def _query(rng: random.Random, sent: Sent) -> Sent:
    path, _, query = sent.path.partition("?")
    pairs = query.split("&") if query else []
    odd = f"{rng.choice(PARAMETERS)}={rng.choice(SEGMENTS)}"
    if pairs and rng.random() < 0.6:
        at = rng.randrange(len(pairs))
        pairs[at] = rng.choice((odd, pairs[at].partition("=")[0] + "=" + rng.choice(SEGMENTS), ""))
    else:
        pairs.insert(rng.randint(0, len(pairs)), rng.choice((odd, odd, rng.choice(SEGMENTS), "&" * 2_000)))
    return Sent(sent.method, f"{path}?{'&'.join(pairs)}", sent.headers, sent.body)


def _method(rng: random.Random, sent: Sent) -> Sent:
    return Sent(rng.choice(METHODS), sent.path, sent.headers, sent.body)
