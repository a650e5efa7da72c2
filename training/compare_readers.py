"""Tell whether two readers differ by more than chance: paired bootstrap over the questions both were measured on.

python training/compare_readers.py one.json two.json --data DATA
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measure_reader import auroc, char_f1, word_f1, words
from mixture import read_articles
from windows import Example

_DRAWS = 1000


def per_question(examples: Sequence[Example], readings: Mapping[str, Mapping[str, Any]]) -> dict[str, list[float]]:
    """Character F1, word F1, exact match and overlap of each answerable question, each 0 to 1."""
    rows: dict[str, list[float]] = {"char_f1": [], "token_f1": [], "exact": [], "overlap": []}
    for example in examples:
        reading = readings[example.id]
        place = (int(reading["start"]), int(reading["stop"]))
        said, golds = example.context[slice(*place)], [example.context[a:b] for a, b in example.answers]
        chars = max(char_f1(place, gold) for gold in example.answers)
        rows["char_f1"].append(chars)
        rows["token_f1"].append(max(word_f1(said, gold) for gold in golds))
        rows["exact"].append(float(any(words(said) == words(gold) for gold in golds)))
        rows["overlap"].append(float(chars > 0))
    return rows


def interval(differences: Sequence[float]) -> dict[str, float]:
    """Mean of bootstrapped differences with their 2.5 % and 97.5 % points."""
    low, high = np.percentile(differences, [2.5, 97.5])
    return {"difference": float(np.mean(differences)), "low": float(low), "high": float(high)}


def compare(
    examples: Sequence[Example], one: Mapping[str, Any], two: Mapping[str, Any], seed: int = 7
) -> dict[str, dict[str, float]]:
    """Figures of `two` minus those of `one`, each with its 95 % interval."""
    rng = np.random.default_rng(seed)
    answered, empty = [e for e in examples if e.answers], [e for e in examples if not e.answers]
    first, second = per_question(answered, one), per_question(answered, two)
    found = {}
    for name in first:
        gap = np.array(second[name]) - np.array(first[name])
        found[name] = interval([float(gap[rng.integers(0, len(gap), len(gap))].mean()) for _ in range(_DRAWS)])
    yes = [np.array([readings[e.id]["margin"] for e in answered]) for readings in (one, two)]
    no = [np.array([readings[e.id]["margin"] for e in empty]) for readings in (one, two)]
    gaps = []
    for _ in range(_DRAWS if empty else 0):
        a, b = rng.integers(0, len(answered), len(answered)), rng.integers(0, len(empty), len(empty))
        gaps.append(auroc(yes[1][a].tolist(), no[1][b].tolist()) - auroc(yes[0][a].tolist(), no[0][b].tolist()))
    if gaps:
        found["auroc_margin"] = interval(gaps)
    return found


def main() -> None:
    """Print the differences as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("one", type=Path, help="figures that measure_reader.py wrote")
    parser.add_argument("two", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in (args.one, args.two)]
    examples = [e for e in read_articles(args.data / "squad2_dev_a") if e.group in reports[0]["articles"]]
    print(json.dumps(compare(examples, *(report["readings"] for report in reports)), indent=1))


if __name__ == "__main__":
    main()
