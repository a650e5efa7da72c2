"""How much may be uploaded to the web app at once: all settings of it, and what is said where it is too much."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from quoth.corpus import BadRequest

__all__ = ["UploadLimits", "readable_bytes"]

_UNITS: Final = ("bytes", "KB", "MB", "GB", "TB")
_MEGABYTE: Final = 1024**2


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What one upload may hold: so many files, so many bytes in one of them, so many in all."""

    files: int = 1_000
    file_bytes: int = 64 * _MEGABYTE
    total_bytes: int = 1024 * _MEGABYTE

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> UploadLimits:
        """As set by QUOTH_UPLOAD_FILES, QUOTH_UPLOAD_FILE_MB and QUOTH_UPLOAD_TOTAL_MB. Raises BadRequest."""
        plain = cls()

        def setting(name: str, otherwise: int, unit: int = 1) -> int:
            value = environment.get(name, "")
            if not value:
                return otherwise
            try:
                number = int(float(value) * unit)
            except (ValueError, OverflowError):
                number = 0
            if number < 1:
                raise BadRequest(f"{name} must be a number above zero, not {value!r}.")
            return number

        return cls(
            setting("QUOTH_UPLOAD_FILES", plain.files),
            setting("QUOTH_UPLOAD_FILE_MB", plain.file_bytes, _MEGABYTE),
            setting("QUOTH_UPLOAD_TOTAL_MB", plain.total_bytes, _MEGABYTE),
        )

    @property
    def told(self) -> str:
        """The limits in words, for whoever is about to upload something."""
        return (
            f"Up to {readable_bytes(self.file_bytes)} each; "
            f"{self.files:,} files or {readable_bytes(self.total_bytes)} at a time."
        )

    def objection(self, sizes: Sequence[int]) -> str:
        """Why files of these sizes cannot come together; empty when they can. One that is too large does not count."""
        if len(sizes) > self.files:
            return (
                f"These are {len(sizes):,} files; at most {self.files:,} can be added at a time. "
                "Add them in parts, or on the command line with `quoth add`."
            )
        total = sum(size for size in sizes if size <= self.file_bytes)
        if total > self.total_bytes:
            return (
                f"These files have {readable_bytes(total)} together; at most {readable_bytes(self.total_bytes)} can be "
                "added at a time. Add them in parts, or on the command line with `quoth add`."
            )
        return ""

    def objection_to(self, size: int) -> str:
        """Why a file of this size cannot come; empty when it can."""
        if size <= self.file_bytes:
            return ""
        return (
            f"it has {readable_bytes(size)}, and at most {readable_bytes(self.file_bytes)} can be uploaded; "
            "split it into parts, or add it on the command line with `quoth add`"
        )


def readable_bytes(count: int) -> str:
    """A size as people write it.

    >>> [readable_bytes(size) for size in (1, 999, 1536, 64 * 1024**2)]
    ['1 byte', '999 bytes', '1.5 KB', '64 MB']
    """
    if count == 1:
        return "1 byte"
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:  # 1,000 KB are written 0.98 MB: never four digits
        size, unit = size / 1024, unit + 1
    return f"{count:,} bytes" if unit == 0 else f"{size:.3g} {_UNITS[unit]}"
