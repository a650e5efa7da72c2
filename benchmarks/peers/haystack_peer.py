"""Haystack as its tutorial on preprocessing files has it, which uses this very model, and its first RAG pipeline.

Cleaned, split at 150 words with 50 shared, the in-memory store (kept with its own `save_to_disk`), the retriever's
default of ten passages.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.command_line import Asker, Returned, main

_STORE = "documents.json"


def ingest(texts: Path, store: Path, model: Path) -> int:
    """Run the indexing pipeline and keep its store."""
    from haystack import Pipeline
    from haystack.components.converters import TextFileToDocument
    from haystack.components.preprocessors import DocumentCleaner, DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (  # type: ignore[import-not-found]
        SentenceTransformersDocumentEmbedder,
    )

    documents = InMemoryDocumentStore()
    parts = {
        "converter": TextFileToDocument(),
        "cleaner": DocumentCleaner(),
        "splitter": DocumentSplitter(split_by="word", split_length=150, split_overlap=50),
        "embedder": SentenceTransformersDocumentEmbedder(model=str(model)),
        "writer": DocumentWriter(documents),
    }
    pipeline = Pipeline()
    for name, part in parts.items():
        pipeline.add_component(name, part)
    for sender, receiver in zip(list(parts), list(parts)[1:], strict=False):
        pipeline.connect(sender, receiver)
    pipeline.run({"converter": {"sources": sorted(texts.glob("*.txt"))}})
    store.mkdir(parents=True)
    documents.save_to_disk(str(store / _STORE))
    return int(documents.count_documents())


def open_store(store: Path, model: Path) -> Asker:
    """The passages nearest to the question, by the retrieving pipeline."""
    from haystack import Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder

    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=str(model)))
    documents = InMemoryDocumentStore.load_from_disk(str(store / _STORE))
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(documents))
    pipeline.connect("embedder.embedding", "retriever.query_embedding")

    def ask(question: str) -> Returned:
        found = pipeline.run({"embedder": {"text": question}})
        return Returned([document.content for document in found["retriever"]["documents"]])

    return ask


if __name__ == "__main__":
    main(ingest, open_store)
