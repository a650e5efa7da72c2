"""Chroma as its getting-started page has it, with the persistent client that the page points to.

Its default embedding function is MiniLM as ONNX, fetched from its own server on first use; here it finds the files that
the suite made from the same weights (chroma_model.py). Texts are split as its guide on chunking says: recursively, 500
characters, 50 shared. A query gives its default of ten.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers.command_line import Asker, Returned, main, read_texts


def ingest(texts: Path, store: Path, model: Path, *, kept: bool = False) -> int:
    """Split and add to a collection, in parts of the size that the client takes at once."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]

    splitter = RecursiveCharacterTextSplitter(chunk_size=500, chunk_overlap=50, separators=["\n\n", "\n", ". ", " "])
    chunks = [
        (f"{name}-{at}", chunk)
        for name, text in read_texts(texts)
        for at, chunk in enumerate(splitter.split_text(text))
    ]
    client, options = _client(store, model, kept=kept)
    collection = client.get_or_create_collection(name="my_collection", **options)
    most = client.get_max_batch_size()
    for start in range(0, len(chunks), most):
        part = chunks[start : start + most]
        collection.upsert(ids=[name for name, _ in part], documents=[chunk for _, chunk in part])
    return int(collection.count())


def open_store(store: Path, model: Path, *, kept: bool = False) -> Asker:
    """The chunks nearest to the question."""
    client, options = _client(store, model, kept=kept)
    collection = client.get_collection(name="my_collection", **options)
    return lambda question: Returned(collection.query(query_texts=[question])["documents"][0])


def _client(store: Path, model: Path, *, kept: bool) -> tuple[Any, dict[str, Any]]:
    """The client, and what names the embedding function: nothing by default, then each call loads the model anew; or
    the same function as an object, which keeps it.
    """
    import chromadb  # type: ignore[import-not-found]
    from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2  # type: ignore[import-not-found]

    ONNXMiniLM_L6_V2.DOWNLOAD_PATH = model
    options = {"embedding_function": ONNXMiniLM_L6_V2()} if kept else {}
    return chromadb.PersistentClient(path=str(store)), options


if __name__ == "__main__":
    main(ingest, open_store)
