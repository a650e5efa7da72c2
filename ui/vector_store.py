"""`POST /v1/vector_stores/{id}/search` in OpenAI's shape, so that what searches there can search here.

The whole library is one vector store, called `library`. A result is a passage; its attributes say where it stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from quoth.corpus import DocumentId
from quoth.qa import DocumentRecord, Library, SearchHit, file_of

from .api_service import Service, json_only, json_response
from .attribute_filters import Attribute, Comparison, Compound, Filter, check_keys, matches

__all__ = ["STORE", "SearchPage", "StoreSearch", "store_routes"]

STORE: Final = "library"
_OF_A_DOCUMENT: Final = ("document", "document_sha256", "extractor", "filename", "text_sha256", "title", "uri")
_OF_A_PASSAGE: Final = ("heading", "line_start", "line_stop", "page", "start", "stop")
_LONGEST_ATTRIBUTE: Final = 512
_DEEPEST: Final = 1_000

_Id = Annotated[str, Path(description="There is one.", json_schema_extra={"enum": [STORE]})]
_Query = Annotated[str, Field(min_length=1)]
_Score = Annotated[float, Field(ge=0, le=1)]


class RankingOptions(BaseModel):
    """There is one ranker; results below the threshold are left out."""

    model_config = ConfigDict(frozen=True, strict=True)

    ranker: Literal["none", "auto", "default-2024-11-15"] = "auto"
    score_threshold: _Score = 0.0


class StoreSearch(BaseModel):
    """`query` may be several, whose results are put together. Nothing rewrites it: `rewrite_query` changes nothing."""

    model_config = ConfigDict(frozen=True, strict=True)

    query: _Query | Annotated[list[_Query], Field(min_length=1, max_length=10)]
    filters: Filter | None = None
    max_num_results: int = Field(10, ge=1, le=50)
    ranking_options: RankingOptions = RankingOptions()
    rewrite_query: bool = False

    @property
    def queries(self) -> list[str]:
        """One or several, as a list."""
        return [self.query] if isinstance(self.query, str) else self.query


class Content(BaseModel):
    """The characters of the passage, exactly."""

    type: Literal["text"]
    text: str


class Result(BaseModel):
    """A passage. `score` is half of what `/api/v1/search` gives, between 0 and 1."""

    file_id: str
    filename: str
    score: _Score
    attributes: dict[str, str | float | bool]
    content: list[Content]


class SearchPage(BaseModel):
    """The best results; where there are more, `has_more` says so, and a larger `max_num_results` shows them."""

    object: Literal["vector_store.search_results.page"]
    search_query: list[str]
    data: list[Result]
    has_more: bool
    next_page: str | None


def store_routes(service: Service) -> APIRouter:
    """The route, over one library."""
    router = APIRouter(tags=["OpenAI's shape"])

    @router.post("/vector_stores/{id}/search", response_model=SearchPage, dependencies=[Depends(json_only)])
    async def search_vector_store(id: _Id, asked: StoreSearch, request: Request) -> Response:
        """Rank passages, without judgement, in the shape of OpenAI's vector stores."""
        if id != STORE:
            raise HTTPException(404, f"There is no vector store {id[:64]!r} here; the library is called {STORE!r}.")
        return json_response(await service.lane.run(partial(_page, service.library, asked), request))

    return router


def _page(library: Library, asked: StoreSearch) -> dict[str, Any]:
    records = {record.id: record for record in library.documents()}
    allowed, undecided = _allowed(records, asked.filters)
    depth = _DEEPEST if undecided else asked.max_num_results + 1
    best: dict[tuple[DocumentId, int], dict[str, Any]] = {}
    for query in asked.queries:
        for hit in library.search(query, depth, documents=allowed):
            result = _result(hit, records.get(hit.source.document))
            known = best.get((hit.source.document, hit.source.start))
            if known is None or known["score"] < result["score"]:
                best[hit.source.document, hit.source.start] = result
    kept = [one for one in best.values() if _is_kept(one, asked)]
    kept.sort(key=lambda one: (-one["score"], one["file_id"], one["attributes"]["start"]))
    return {
        "object": "vector_store.search_results.page",
        "search_query": asked.queries,
        "data": kept[: asked.max_num_results],
        "has_more": len(kept) > asked.max_num_results,
        "next_page": None,
    }


def _allowed(
    records: Mapping[DocumentId, DocumentRecord], wanted: Comparison | Compound | None
) -> tuple[Collection[DocumentId] | None, bool]:
    """The documents whose passages may pass the filter, and whether each passage must still be looked at."""
    if wanted is None:
        return None, False
    check_keys(wanted, (*_OF_A_DOCUMENT, *_OF_A_PASSAGE))
    verdicts = {id: matches(wanted, _of_document(record), _OF_A_PASSAGE) for id, record in records.items()}
    return [id for id, verdict in verdicts.items() if verdict is not False], None in verdicts.values()


def _is_kept(result: dict[str, Any], asked: StoreSearch) -> bool:
    if result["score"] < asked.ranking_options.score_threshold:
        return False
    return asked.filters is None or matches(asked.filters, result["attributes"]) is True


def _result(hit: SearchHit, record: DocumentRecord | None) -> dict[str, Any]:
    place = {name: getattr(hit.source, name) for name in _OF_A_PASSAGE}
    attributes = {name: value for name, value in place.items() if value is not None}
    attributes |= {"document": hit.source.document, "title": hit.source.title, "uri": hit.source.uri}
    if record is not None:  # it may have come since the records were read
        attributes |= _of_document(record)
    return {
        "file_id": hit.source.document,
        "filename": str(attributes.get("filename", hit.source.title)),
        "score": min(1.0, max(0.0, hit.score / 2)),
        "attributes": {name: _shortened(value) for name, value in sorted(attributes.items())},
        "content": [{"type": "text", "text": hit.text}],
    }


def _of_document(record: DocumentRecord) -> dict[str, Attribute]:
    return {
        "document": record.id,
        "document_sha256": record.file_sha256,
        "extractor": record.extractor,
        "filename": file_of(record).name,
        "text_sha256": record.text_sha256,
        "title": record.title,
        "uri": record.uri,
    }


def _shortened(value: Attribute) -> Attribute:
    """An attribute there has at most 512 characters."""
    return value[:_LONGEST_ATTRIBUTE] if isinstance(value, str) else value
