"""Put an exported reader where Quoth ships it: `qa/reader.onnx`, its tokenizer, and a card with their hashes.

python training/release_reader.py --export RELEASE --model reader.int8.onnx --to qa
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from quoth.index import file_sha256


def main() -> None:
    """Copy and write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--export", type=Path, required=True, help="folder that export_reader.py wrote")
    parser.add_argument("--model", default="reader.int8.onnx", help="which of its two models")
    parser.add_argument("--to", type=Path, required=True)
    arguments = parser.parse_args()
    model, tokenizer = arguments.to / "reader.onnx", arguments.to / "reader.tokenizer.json"
    shutil.copyfile(arguments.export / arguments.model, model)
    shutil.copyfile(arguments.export / "tokenizer.json", tokenizer)
    card = {
        "fingerprint": f"quoth-reader@{file_sha256(model)[:16]}",
        "model_sha256": file_sha256(model),
        "tokenizer_sha256": file_sha256(tokenizer),
        "bytes": model.stat().st_size,
    }
    (arguments.to / "reader.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(card, indent=1))


if __name__ == "__main__":
    main()
