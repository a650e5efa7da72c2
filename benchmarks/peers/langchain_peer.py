"""LangChain with FAISS, as its tutorial "Build a semantic search engine" has it, its FAISS choice of vector store.

Recursive splitting at 1000 characters with 200 shared, an exact FAISS index, `similarity_search` with its default of
four; saved and loaded as the FAISS page says.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.peers.command_line import Asker, Returned, main, read_texts


def ingest(texts: Path, store: Path, model: Path) -> int:
    """Split, embed and save."""
    import faiss
    from langchain_community.docstore.in_memory import InMemoryDocstore  # type: ignore[import-not-found]
    from langchain_community.vectorstores import FAISS  # type: ignore[import-not-found]
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter  # type: ignore[import-not-found]

    documents = [Document(page_content=text, metadata={"source": name}) for name, text in read_texts(texts)]
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200, add_start_index=True)
    splits = splitter.split_documents(documents)
    embeddings = _embeddings(model)
    index = faiss.IndexFlatL2(len(embeddings.embed_query("hello world")))
    vectors = FAISS(embedding_function=embeddings, index=index, docstore=InMemoryDocstore(), index_to_docstore_id={})
    vectors.add_documents(documents=splits)
    vectors.save_local(str(store))
    return len(splits)


def open_store(store: Path, model: Path) -> Asker:
    """The passages nearest to the question."""
    from langchain_community.vectorstores import FAISS

    vectors = FAISS.load_local(str(store), _embeddings(model), allow_dangerous_deserialization=True)
    return lambda question: Returned([found.page_content for found in vectors.similarity_search(question)])


def _embeddings(model: Path) -> Any:
    from langchain_huggingface import HuggingFaceEmbeddings  # type: ignore[import-not-found]

    return HuggingFaceEmbeddings(model_name=str(model))


if __name__ == "__main__":
    main(ingest, open_store)
