"""Measures Quoth and writes docs/measurements.md.

    python benchmarks/run.py [--only NAME ...] [--data FOLDER] [--out FILE] [--quick]

NAME is one of: articles squad heldout chunks scifact mtrag followups bulk speed. The data sets are looked for in
FOLDER, else $QUOTH_DATA, else ../shared/data; those that are not there are skipped, and it is said. Raw figures go to
docs/figures/measurements/NAME.json, and the document is always written from all of these that are there. What was built
and asked is kept under build/bench/measurements/work until the code changes, so an interrupted run goes on where it
stopped. --quick takes 200 questions of each set, keeps its figures apart and writes no document unless --out names one.
"""

from __future__ import annotations

import random
import statistics
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import quoting, retrieving, speed
from benchmarks.bulk import bulk_tables, outside_table, throughput_table
from benchmarks.data import HELD_OUT, TextSet, read_articles, read_set
from benchmarks.report import MEASUREMENTS
from benchmarks.stages import stages_table
from benchmarks.suites import SEED, Found, Run, Suite, run_suites
from benchmarks.systems import QUOTH, Bench, Response
from quoth.qa import Library


def articles(run: Run) -> Found:
    bench = run.bench(read_articles())
    responses = bench.responses(quoting.PLAN)
    found = quoting.judged(bench, responses)
    return Found(
        "The two bundled articles",
        (
            "118 questions written from the two articles before anything was tuned, and never used for tuning "
            "(tests/data/articles.README.md). Far: other subjects. Noise: greetings and keyboard noise. Near: the same "
            "subject, fact absent. Swapped: a name, number or place changed, so that the premise is false.",
        ),
        (
            quoting.quoting_table("All questions", found),
            quoting.kinds_table("By kind of question", found),
            quoting.errors_table("Every error", bench, found[QUOTH], responses[QUOTH]),
        ),
    )


def squad(run: Run) -> Found:
    bench = run.bench(run.read("squad2_dev_a"))
    found = quoting.judged(bench, bench.responses(quoting.PLAN))
    return Found(
        "SQuAD 2: sixteen Wikipedia articles",
        (
            "All 16 articles in one library. Unanswerable questions were written to look answerable from one "
            "paragraph; "
            "that none of the other paragraphs answers them was not checked by the set's authors.",
        ),
        (quoting.quoting_table("All questions", found),),
    )


def heldout(run: Run) -> Found:
    everything = run.read("squad2_dev_a")
    bench = run.bench(everything.only(HELD_OUT, files_too=False))
    table = quoting.quoting_table(
        "In a library of all sixteen articles", quoting.judged(bench, bench.responses(quoting.PLAN))
    )
    names = ", ".join(name.replace("_", " ") for name in HELD_OUT)
    about = f"Only the questions about {names}: nothing is trained on these."
    return Found("SQuAD 2: the four articles kept aside", (about,), (table,))


def chunks(run: Run) -> Found:
    bench = run.bench(run.read("chunking_evaluation"))
    about = (
        "Five corpora in one library. With E the gold characters and R the retrieved ones: recall is the share of E "
        "in R, "
        "precision the share of R in E, IoU their intersection over their union, each averaged over the questions. "
        "Published for five passages with all-MiniLM-L6-v2 (recall, precision, IoU; tokens instead of characters): "
        "recursive splitting at 200 tokens 75.7, 6.5, 6.5; fixed 250 with 125 overlap 82.4, 3.6, 3.5; clusters of 200 "
        "75.2, 7.2, 7.2 (Smith & Troynikov 2024, Evaluating Chunking Strategies for Retrieval, Chroma)."
    )
    tables = retrieving.chunks_tables(bench, bench.responses(retrieving.CHUNKS_PLAN))
    return Found("How much of what is retrieved is gold", (about,), tables)


def scifact(run: Run) -> Found:
    bench = run.bench(run.read("scifact_beir_test"))
    note = (
        "Scored by document: 100 passages are retrieved, a document ranks by its best one. Title and abstract are one "
        "text. Published for whole abstracts: BM25 0.679, all-MiniLM-L6-v2 0.645."
    )
    table = retrieving.ranking_table("Claims to abstracts", bench, bench.responses(retrieving.RANKING_PLAN), (note,))
    return Found(
        "Retrieval: SciFact", (f"{len(bench.texts):,} abstracts, {len(bench.passages):,} passages.",), (table,)
    )


def mtrag(run: Run) -> Found:
    bench = run.bench(run.read("mtrag_human_subset"))
    about = (
        f"{len(bench.texts):,} passages of reference, scored by document as above. Later turns lean on those before "
        "them. BM25 on whole documents: last turn 0.598, all turns joined 0.438. The rules of "
        "qa/wording.py were looked over on this set, so its figures are a little kind to them.",
    )
    return Found(
        "Retrieval: questions from conversations", about, (retrieving.conversation_table(bench, _ways(bench)),)
    )


def _ways(bench: Bench) -> dict[str, dict[str, list[Response]]]:
    """What is searched for in a conversation: the last turn, that completed as Quoth does, all turns joined."""
    plan = retrieving.RANKING_PLAN
    return {
        "the last turn alone": bench.responses(plan),
        "the last turn, completed": {QUOTH: bench.quoth(replace(plan, conversation="completed"))},
        "all turns joined": bench.responses(replace(plan, conversation="joined")),
    }


def followups(run: Run) -> Found:
    bench = run.bench(read_articles("followups"))
    tables = []
    alone, joined = quoting.PLAN, replace(quoting.PLAN, conversation="joined")
    completed = replace(quoting.PLAN, conversation="completed")
    for title, way in (("Completed", completed), ("The last turn alone", alone), ("All turns joined", joined)):
        responses = bench.responses(joined if way is completed else way)
        responses[QUOTH] = bench.quoth(way)
        found = quoting.judged(bench, responses)
        tables += [quoting.quoting_table(title, found), quoting.kinds_table(f"{title}, by kind", found)]
    about = (
        "30 conversations over the two bundled articles, written before anything was tuned and never used for tuning. "
        "Where Quoth completes the last turn the baselines get all turns joined.",
    )
    return Found("Follow-up questions", about, tuple(tables))


def bulk(run: Run) -> Found:
    about = (
        "All questions of the sixteen articles by one `quoth evaluate`. **The reader was trained on ten of these "
        "articles**, so the figures on answering are too good; those of the four it never saw stand above. This run "
        "shows time, memory, and that the numbers are right.",
    )
    folder = run.kept / "bulk"
    chosen = run.read("squad2_dev_a")
    tables = bulk_tables(chosen, folder)
    questions = random.Random(SEED).sample([question.text for question in chosen.questions], 200)
    throughput = throughput_table(folder / "library", questions)
    return Found("Bulk evaluation", about, (*tables, throughput, outside_table(folder / "run")))


def timing(run: Run) -> Found:
    chosen = read_set(run.data / "squad2_dev_a")
    folder = run.kept / "speed"
    taken = speed.take_times(chosen, folder, 2 if run.quick else 3)
    places = [("two articles", folder / "two"), *([("SQuAD", folder / "squad")] if chosen is not None else [])]
    yardstick = statistics.median(speed.run(speed.YARDSTICK.line).seconds for _ in range(3))
    count = 40 if run.quick else 105
    with ExitStack() as open_libraries:
        libraries = []
        for name, place, questions in _warm(run, folder, chosen):
            library = open_libraries.enter_context(Library.open(place))
            asked = random.Random(SEED).sample(questions, min(count, len(questions)))
            libraries.append((name, library, asked))
        warm = speed.warm_table(libraries, yardstick)
        stages = stages_table(libraries)
    return Found("Time and memory", (), (speed.process_table(taken), speed.speed_table(places, taken), warm, stages))


def _warm(run: Run, folder: Path, squad_set: TextSet | None) -> list[tuple[str, Path, list[str]]]:
    """Libraries to ask in: the small one, SQuAD's and, of more than 10,000 passages, SciFact's."""
    found = [("two articles", folder / "two", [question.text for question in read_articles().questions])]
    if squad_set is not None:
        found.append(("SQuAD", folder / "squad", [question.text for question in squad_set.questions]))
    large = read_set(run.data / "scifact_beir_test")
    if large is not None and not run.quick:
        built = run.bench(large).carrying_library()
        found.append(("SciFact", built, [question.text for question in large.questions]))
    return found


SUITES: Mapping[str, Suite] = {
    "articles": articles,
    "squad": squad,
    "heldout": heldout,
    "chunks": chunks,
    "scifact": scifact,
    "mtrag": mtrag,
    "followups": followups,
    "bulk": bulk,
    "speed": timing,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the chosen suites and write docs/measurements.md."""
    run_suites(SUITES, MEASUREMENTS, __doc__ or "", arguments)


if __name__ == "__main__":
    main()
