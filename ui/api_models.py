"""What the HTTP API takes and gives, as models that OpenAPI is made of. An answer is described by its own schema."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from quoth.qa import DocumentRecord, LibraryStamp, Refused, Verdict

__all__ = [
    "MOST_QUESTIONS",
    "Added",
    "AskRequest",
    "BatchQuestion",
    "BatchRequest",
    "Documents",
    "Found",
    "FoundPassage",
    "Health",
    "SearchRequest",
    "Verdicts",
]

MOST_QUESTIONS: Final = 1_000
_ANSWER_SOURCE: Final = {"allOf": [{"$ref": "#/components/schemas/AnswerSource"}]}

_Question = Annotated[
    str, Field(min_length=1, description="In plain words; at most 2,000 characters, white space around it aside.")
]
_Documents = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=500)]],
    Field(
        min_length=1,
        max_length=1_000,
        description="Only these are searched: ids, or file names with or without their ending.",
    ),
]
_History = Annotated[
    list[_Question],
    Field(max_length=100, description="The conversation's earlier questions, oldest first; they complete a follow-up."),
]
_Utf16 = Annotated[bool, Field(description="Whether each span also has `utf16`, its offsets as JavaScript counts.")]


class _Request(BaseModel):
    """Taken as it is: a number in quotation marks is no number, and a misspelt name is not passed over."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Asked(_Request):
    question: _Question
    documents: _Documents | None = None
    history: _History = []


class AskRequest(_Asked):
    """One question."""

    quotes: int = Field(3, ge=1, le=50, description="At most so many quotes.")
    utf16: _Utf16 = False


class SearchRequest(_Asked):
    """What to rank passages by."""

    k: int = Field(10, ge=1, le=1_000, description="So many passages.")
    utf16: _Utf16 = False


class BatchQuestion(_Asked):
    """One of many questions; its record carries the `id`."""

    id: str | int | None = None


class BatchRequest(_Request):
    """Many questions, answered in this order."""

    questions: list[BatchQuestion] = Field(min_length=1, max_length=MOST_QUESTIONS)
    quotes: int = Field(3, ge=1, le=50, description="At most so many quotes a question.")
    utf16: _Utf16 = False


class FoundPassage(BaseModel):
    """A passage that was found, without judgement; `score` is made of `dense` and `lexical`."""

    text: str
    source: Annotated[dict[str, Any], WithJsonSchema(_ANSWER_SOURCE)]
    score: float
    dense: float
    lexical: float


class Found(BaseModel):
    """Passages, best first."""

    question: str
    hits: list[FoundPassage]


class Documents(BaseModel):
    """Some of the `total` documents, ordered by title, from the `offset`-th (0-based) on."""

    total: int
    offset: int
    documents: list[DocumentRecord]


class Added(BaseModel):
    """What became of the files of an upload."""

    added: list[DocumentRecord]
    replaced: list[DocumentRecord]
    unchanged: list[DocumentRecord]
    refused: list[Refused]


class Verdicts(BaseModel):
    """So many quotes were `checked`, of which so many `failed`: a verdict for each, with its record and quote."""

    checked: int
    failed: int
    verdicts: list[Verdict]


class Health(BaseModel):
    """`ok`, `starting` or `failing`; the library is told to those who may read it."""

    status: str
    library: LibraryStamp | None = None
