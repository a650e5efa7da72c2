"""LlamaIndex as its starter tutorial with local models has it: a folder read, a vector index, kept in "storage".

All of its defaults: sentences put together to 1024 tokens with 200 shared, the name of the file embedded with them,
the store that comes with it, the two nearest passages. MiniLM reads the first 256 tokens of a passage.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.command_line import Asker, Returned, main


def ingest(texts: Path, store: Path, model: Path) -> int:
    """Read the folder, build the index and keep it."""
    from llama_index.core import SimpleDirectoryReader, VectorStoreIndex

    _settle(model)
    index = VectorStoreIndex.from_documents(SimpleDirectoryReader(str(texts)).load_data())
    index.storage_context.persist(str(store))
    return len(index.docstore.docs)


def open_store(store: Path, model: Path) -> Asker:
    """The passages nearest to the question."""
    from llama_index.core import StorageContext, load_index_from_storage

    _settle(model)
    retriever = load_index_from_storage(StorageContext.from_defaults(persist_dir=str(store))).as_retriever()
    return lambda question: Returned([found.node.get_content() for found in retriever.retrieve(question)])


def _settle(model: Path) -> None:
    from llama_index.core import Settings
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding  # type: ignore[import-untyped]

    Settings.embed_model = HuggingFaceEmbedding(model_name=str(model))


if __name__ == "__main__":
    main(ingest, open_store)
