"""Who may do what: bearer tokens, of which only hashes are kept, and the sessions of browsers that showed one.

Tokens come from a file or from QUOTH_TOKENS, never from the command line, which every user of a machine can read. Each
is written `full:TOKEN` (may add and remove documents) or `read:TOKEN`; white space or commas stand between them, and
the rest of a line after `#` does not count.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Final

from itsdangerous import BadSignature, TimestampSigner

from quoth.corpus import BadRequest

__all__ = ["TOKENS_VARIABLE", "Access", "Sessions", "Tokens"]

TOKENS_VARIABLE: Final = "QUOTH_TOKENS"
_SHORTEST: Final = 20
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)  # what an Authorization header can hold (RFC 6750)
_MAKE_ONE: Final = "`python3 -c 'import secrets; print(\"full:\" + secrets.token_urlsafe(32))'` makes one"
_SESSION_SECONDS: Final = 12 * 3600


class Access(Enum):
    """What somebody may do."""

    READ = "read"
    FULL = "full"


class Tokens:
    """The tokens of one server. None at all means that nobody is asked for one."""

    def __init__(self, tokens: Mapping[str, Access] | None = None) -> None:
        self._hashes = [(_hash(token), access) for token, access in (tokens or {}).items()]

    def __bool__(self) -> bool:
        return bool(self._hashes)

    @classmethod
    def given(cls, file: Path | None, environment: Mapping[str, str] = os.environ) -> Tokens:
        """Those of the file, else those of QUOTH_TOKENS. Raises BadRequest, which never repeats a token."""
        if file is None:
            return cls.read(environment.get(TOKENS_VARIABLE, ""), TOKENS_VARIABLE)
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text"
            raise BadRequest(f"The tokens in {file} cannot be read: {reason}.") from error
        tokens = cls.read(text, str(file))
        if not tokens:
            raise BadRequest(f"There is no token in {file}; {_MAKE_ONE}.")
        return tokens

    @classmethod
    def read(cls, text: str, name: str) -> Tokens:
        """The tokens written in `text`, which comes from `name`. Raises BadRequest."""
        found: dict[str, Access] = {}
        words = " ".join(line.partition("#")[0] for line in text.splitlines()).replace(",", " ").split()
        for number, word in enumerate(words, 1):
            kind, _, token = word.partition(":")
            if kind not in ("read", "full") or not _TOKEN.fullmatch(token):
                raise BadRequest(f"Entry {number} in {name} is not written read:TOKEN or full:TOKEN; {_MAKE_ONE}.")
            if len(token) < _SHORTEST:
                raise BadRequest(
                    f"Token {number} in {name} has {len(token)} characters, so it could be guessed; {_MAKE_ONE}."
                )
            found[token] = Access(kind)
        return cls(found)

    def access(self, token: str) -> Access | None:
        """What the holder of `token` may do, None when it is none of ours. Takes as long for each of them."""
        given, found = _hash(token), None
        for known, access in self._hashes:
            if hmac.compare_digest(known, given):
                found = access
        return found


class Sessions:
    """Signed values for the cookies of browsers. The key is made anew at every start, and so are all sessions."""

    def __init__(self) -> None:
        self._signer = TimestampSigner(secrets.token_bytes(32), salt="quoth.session", digest_method=hashlib.sha256)

    def issue(self, access: Access) -> str:
        """The value for somebody who may do this."""
        return self._signer.sign(access.value).decode()

    def access(self, value: str) -> Access | None:
        """What the value was issued for, for twelve hours; None for any other value."""
        try:
            return Access(self._signer.unsign(value.encode(), max_age=_SESSION_SECONDS).decode())
        except (BadSignature, ValueError):
            return None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
