"""txtai as its README has it: `Embeddings` with a path to the model, with content, so that texts come back.

Its quick-start gives it ready texts; files are cut by its own `Segmentation` into lines, which in these texts are their
paragraphs. Saved, loaded and searched with its defaults: an index of its choosing, the three nearest.
"""
# pyright: reportMissingImports=false

from __future__ import annotations

from pathlib import Path

from benchmarks.peers.command_line import Asker, Returned, main, read_texts


def ingest(texts: Path, store: Path, model: Path) -> int:
    """Cut into lines, embed and save."""
    from txtai import Embeddings  # type: ignore[import-not-found]
    from txtai.pipeline import Segmentation  # type: ignore[import-not-found]

    cut = Segmentation(lines=True)
    lines = [line for _, text in read_texts(texts) for line in cut(text)]
    embeddings = Embeddings(path=str(model), content=True)
    embeddings.index(lines)
    embeddings.save(str(store))
    return int(embeddings.count())


def open_store(store: Path, _model: Path) -> Asker:
    """The lines nearest to the question; the store knows its model."""
    from txtai import Embeddings

    embeddings = Embeddings()
    embeddings.load(str(store))
    return lambda question: Returned([found["text"] for found in embeddings.search(question)])


if __name__ == "__main__":
    main(ingest, open_store)
