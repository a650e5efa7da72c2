"""Filters over attributes, as OpenAI's vector stores have them: comparisons, and `and` and `or` of filters."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from quoth.corpus import BadRequest

__all__ = ["Attribute", "Comparison", "Compound", "Filter", "check_keys", "matches"]

Attribute: TypeAlias = str | float | bool

_Ordering = Callable[[Any, Any], bool]
_ORDERINGS: Final[Mapping[str, _Ordering]] = MappingProxyType(
    {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}
)
_MOST: Final = 100


class Comparison(BaseModel):
    """One attribute against one value, or with `in` and `nin` against several."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: Literal["eq", "ne", "gt", "gte", "lt", "lte", "in", "nin"]
    key: str = Field(min_length=1, max_length=64)
    value: str | float | bool | Annotated[list[str | float], Field(max_length=_MOST)]


class Compound(BaseModel):
    """All of these filters, or at least one of them."""

    model_config = ConfigDict(frozen=True, strict=True)

    type: Literal["and", "or"]
    filters: list[Filter] = Field(min_length=1, max_length=_MOST)


Filter: TypeAlias = Annotated[Comparison | Compound, Field(discriminator="type")]
Compound.model_rebuild()


def check_keys(wanted: Comparison | Compound, known: Collection[str]) -> None:
    """Raises BadRequest for a key that no passage has: its filter would find nothing and nobody would know why."""
    unknown = sorted(set(_keys(wanted)) - set(known))
    if unknown:
        raise BadRequest(f"There is no attribute {unknown[0]!r} to filter by; there are {', '.join(sorted(known))}.")


def matches(
    wanted: Comparison | Compound, attributes: Mapping[str, Attribute], unknown: Collection[str] = ()
) -> bool | None:
    """Whether these attributes pass the filter; None where that hangs on an attribute that is not known yet.

    One that is not there equals nothing and has no order.
    """
    if isinstance(wanted, Comparison):
        return None if wanted.key in unknown else _holds(wanted, attributes.get(wanted.key))
    results = {matches(part, attributes, unknown) for part in wanted.filters}
    deciding = wanted.type == "or"  # one true part decides an `or`, one false part an `and`
    if deciding in results:
        return deciding
    return None if None in results else not deciding


def _holds(wanted: Comparison, value: Attribute | None) -> bool:
    among = wanted.value if isinstance(wanted.value, list) else [wanted.value]
    if wanted.type in ("eq", "in"):
        return any(_same_kind(value, one) and value == one for one in among)
    if wanted.type in ("ne", "nin"):
        return not any(_same_kind(value, one) and value == one for one in among)
    return any(_same_kind(value, one) and _ORDERINGS[wanted.type](value, one) for one in among[:1])


def _same_kind(one: object, other: object) -> bool:
    """Text with text, numbers with numbers, truth with truth: Python takes True for 1."""
    return _kind(one) is _kind(other)


def _kind(value: object) -> type:
    return float if type(value) is int else type(value)


def _keys(wanted: Comparison | Compound) -> Iterator[str]:
    if isinstance(wanted, Comparison):
        yield wanted.key
    else:
        for part in wanted.filters:
            yield from _keys(part)
