"""Passages for Claude as Anthropic `search_result` content blocks, and its citations as places in the documents.

One text block a sentence: a citation names whole blocks (0-based, end-exclusive), so what it names is known to the
character. (https://platform.claude.com/docs/en/build-with-claude/search-results)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from quoth.corpus import BadRequest, Span, sentences
from quoth.qa import Quote, SearchHit, Source

__all__ = ["Cited", "cited", "search_results"]


@dataclass(frozen=True, slots=True)
class Cited:
    """What a citation names: `text` is the slice `span` (code points) of the document `source.document`.

    `source` is that of the whole passage the sentences were taken from.
    """

    text: str
    span: Span
    source: Source


def search_results(passages: Sequence[Quote | SearchHit], *, citations: bool = True) -> list[dict[str, Any]]:
    """One `search_result` a passage, quotes or search hits. Joining a result's blocks gives back the passage's text.

    All results of one request must have `citations` on, or all off.
    """
    return [
        {
            "type": "search_result",
            "source": passage.source.uri,
            "title": passage.source.title,
            "content": [{"type": "text", "text": passage.text[start:stop]} for start, stop in _blocks(passage.text)],
            "citations": {"enabled": citations},
        }
        for passage in passages
    ]


def cited(citation: Mapping[str, Any], passages: Sequence[Quote | SearchHit], first: int = 0) -> Cited:
    """Where the words of a citation stand, one of type `search_result_location`, as Claude's answer carries it.

    `passages` are those given to `search_results`, `first` counts the search results that stood before them in the
    request. Raises BadRequest when the citation is of another type, or not of these passages.
    """
    try:
        kind, index = citation["type"], int(citation["search_result_index"]) - first
        start, stop = int(citation["start_block_index"]), int(citation["end_block_index"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRequest(f"This is no citation of a search result ({error}); give it one as it came.") from error
    if kind != "search_result_location" or not 0 <= index < len(passages):
        raise BadRequest(f"This citation ({kind}, search result {index + first}) is not of these passages.")
    passage = passages[index]
    blocks = _blocks(passage.text)
    if not 0 <= start < stop <= len(blocks):
        raise BadRequest(f"The citation names blocks {start} to {stop} of {len(blocks)}; these are other passages.")
    begin, end = blocks[start][0], blocks[stop - 1][1]
    text = passage.text[begin:end]
    if str(citation.get("cited_text", text)).split() != text.split():
        raise BadRequest("The citation's words are not those of the blocks it names; these are other passages.")
    offset = passage.source.start
    return Cited(text, Span(offset + begin, offset + end), passage.source)


def _blocks(text: str) -> list[tuple[int, int]]:
    """Where each block begins and ends: a sentence with the white space after it, the first with that before it too."""
    starts = [sentence.start for sentence in sentences(text)]
    return list(pairwise([0, *starts[1:], len(text)]))
