"""Train Quoth's reader: MiniLM with the standard extractive question-answering head.

    python training/train_reader.py --data DATA --out RUN --minutes 75        # as far as the time allows
    python training/train_reader.py --data DATA --out RUN --steps 2000        # the reproducible mode
    python training/train_reader.py --data DATA --out RUN --minutes 75 --resume
    python training/train_reader.py --data DATA --out RUN2 --from RUN/average --seed 8 --rate 8e-5 --minutes 75

Steps are seeded and their batches depend on nothing but the seed. With --minutes the learning rate follows the clock,
so that it reaches zero at the deadline however busy the machine is; the number of steps then varies and is recorded.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from base import base_folder, load_tokenizer
from mixture import Pools, describe, mineable, read_all, round_of, split
from retrieved import retrieve
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional
from transformers import BertForQuestionAnswering
from windows import Encoded, draw

BATCH = 32
_AVERAGE_FROM = 0.6  # share of the schedule after which the weights are averaged
_TRY_THREADS_EVERY = 40  # steps


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of; written beside its weights."""

    seed: int = 7
    steps: int | None = None
    minutes: float | None = None
    rate: float = 1.2e-4
    head_rate: float = 6e-4
    warm_up: float = 0.06
    weight_decay: float = 0.01
    average: float = 0.995
    dropout: float = 0.1

    def __post_init__(self) -> None:
        if (self.steps is None) == (self.minutes is None):
            raise ValueError("give either steps or minutes")


@dataclass(slots=True)
class State:
    """Where a run stands; enough, with the weights, to go on after a stop."""

    step: int = 0
    seconds: float = 0.0
    windows: int = 0

    def progress(self, settings: Settings) -> float:
        """Share of the schedule that is done, 0 to 1: of the steps, or of the minutes."""
        if settings.steps is not None:
            return min(1.0, self.step / settings.steps)
        assert settings.minutes is not None  # Settings holds one of the two
        return min(1.0, self.seconds / (60 * settings.minutes))


def load_model(folder: Path, dropout: float = 0.1) -> BertForQuestionAnswering:
    """Load weights; the head starts at random if the folder has none.

    Eager attention without attention drop-out is twice as fast as the fused kernel when training on a CPU.
    """
    return BertForQuestionAnswering.from_pretrained(
        folder, attn_implementation="eager", attention_probs_dropout_prob=0.0, hidden_dropout_prob=dropout
    )


def scale(progress: float, warm_up: float) -> float:
    """Factor of the learning rate: linear up to 1 at `warm_up`, then linear down to 0 at the end."""
    return min(progress / warm_up, (1 - progress) / (1 - warm_up)) if 0 < progress < 1 else 0.0


def batches(pools: Pools, tokenizer: Tokenizer, seed: int, skip: int) -> Iterator[list[Encoded]]:
    """Endless batches of windows of like length; `skip` leaves out that many whole batches, for resuming."""
    number = 0
    while True:
        rng = random.Random(f"{seed}:{number}")
        drawn = [draw(example, rng, tokenizer) for example in round_of(pools, seed, number)]
        fitting = sorted((window for window in drawn if window is not None), key=len)
        cut = [fitting[i : i + BATCH] for i in range(0, len(fitting), BATCH)]
        rng.shuffle(cut)
        yield from cut[skip:]
        skip = max(0, skip - len(cut))
        number += 1


def tensors(batch: Sequence[Encoded]) -> dict[str, Tensor]:
    """Pad a batch: input_ids, attention_mask and token_type_ids of shape (windows, tokens), all int64."""
    width = max(map(len, batch))
    rows = [(*window.ids, *[0] * (width - len(window))) for window in batch]
    types = [(*window.types, *[0] * (width - len(window))) for window in batch]
    mask = [[1] * len(window) + [0] * (width - len(window)) for window in batch]
    return {
        "input_ids": torch.tensor(rows),
        "attention_mask": torch.tensor(mask),
        "token_type_ids": torch.tensor(types),
    }


def loss_of(model: BertForQuestionAnswering, batch: Sequence[Encoded]) -> Tensor:
    """Mean cross-entropy, in nats, of the gold start and end over all tokens that are not padding."""
    inputs = tensors(batch)
    with torch.autocast("cpu", torch.bfloat16):
        out = model(**inputs)
    hidden = inputs["attention_mask"] == 0
    start = out.start_logits.float().masked_fill(hidden, -1e4)
    end = out.end_logits.float().masked_fill(hidden, -1e4)
    starts = torch.tensor([window.start for window in batch])
    ends = torch.tensor([window.end for window in batch])
    return (functional.cross_entropy(start, starts) + functional.cross_entropy(end, ends)) / 2


class Threads:
    """Chooses one or two threads by trying the other number now and then.

    On a busy machine two threads wait for the slower one, and one alone can be three times as fast.
    """

    def __init__(self, fixed: int | None) -> None:
        self.fixed = fixed
        self.rates: dict[int, float] = {}

    def before(self, step: int) -> int:
        """Set and return the number of threads for this step."""
        threads = self.fixed or self._choice(step)
        torch.set_num_threads(threads)
        return threads

    def _choice(self, step: int) -> int:
        if len(self.rates) < 2:
            return 2 if 1 in self.rates else 1
        best = max(self.rates, key=self.rates.__getitem__)
        other = 3 - best
        # A trial of a far slower number costs several steps, so it is made less often.
        hopeless = self.rates[other] < 0.6 * self.rates[best]
        return other if step % (_TRY_THREADS_EVERY * (4 if hopeless else 1)) == 0 else best

    def after(self, threads: int, tokens_per_second: float) -> None:
        """Remember how fast the step went."""
        self.rates[threads] = 0.5 * self.rates.get(threads, tokens_per_second) + 0.5 * tokens_per_second


class Trainer:
    """A model, its optimiser and its running average, with the state to save and restore them."""

    def __init__(self, model: BertForQuestionAnswering, settings: Settings) -> None:
        self.model, self.settings, self.state = model, settings, State()
        decayed = [p for n, p in model.named_parameters() if p.ndim > 1 and "qa_outputs" not in n]
        plain = [p for n, p in model.named_parameters() if p.ndim == 1 and "qa_outputs" not in n]
        groups = [
            {"params": decayed, "lr": settings.rate, "weight_decay": settings.weight_decay},
            {"params": plain, "lr": settings.rate, "weight_decay": 0.0},
            {"params": list(model.qa_outputs.parameters()), "lr": settings.head_rate, "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(groups, fused=True)
        self.peaks = [float(group["lr"]) for group in self.optimiser.param_groups]
        self.average: dict[str, Tensor] = {}

    def step(self, batch: Sequence[Encoded]) -> float:
        """One update; returns the loss."""
        progress = self.state.progress(self.settings)
        for group, peak in zip(self.optimiser.param_groups, self.peaks, strict=True):
            group["lr"] = peak * max(scale(progress, self.settings.warm_up), 1e-3)
        loss = loss_of(self.model, batch)
        loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        if progress >= _AVERAGE_FROM:
            self._blend()
        return float(loss.detach())

    def _blend(self) -> None:
        weights = {name: value.detach() for name, value in self.model.named_parameters()}
        if not self.average:
            self.average = {name: value.clone() for name, value in weights.items()}
        for name, value in weights.items():
            self.average[name].lerp_(value, 1 - self.settings.average)

    def save(self, path: Path) -> None:
        """Write a checkpoint whole or not at all."""
        parts: dict[str, Any] = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average,
            "state": asdict(self.state),
        }
        partial = path.with_suffix(".partial")
        torch.save(parts, partial)
        partial.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        parts = torch.load(path, weights_only=True)
        self.model.load_state_dict(parts["model"])
        self.optimiser.load_state_dict(parts["optimiser"])
        self.average, self.state = parts["average"], State(**parts["state"])


def write_weights(trainer: Trainer, out: Path, tokenizer: Tokenizer) -> None:
    """Write `last` and, once there is one, `average` as folders that transformers can load."""
    kept = {name: value.clone() for name, value in trainer.model.state_dict().items()}
    for name, weights in (("last", kept), ("average", trainer.average)):
        if weights:
            trainer.model.load_state_dict(weights)
            trainer.model.save_pretrained(out / name)
            tokenizer.save(str(out / name / "tokenizer.json"))
    trainer.model.load_state_dict(kept)


def train(trainer: Trainer, pools: Pools, tokenizer: Tokenizer, out: Path, threads: Threads) -> None:
    """Run to the end of the schedule, with a line a minute and a checkpoint every five."""
    state, settings = trainer.state, trainer.settings
    trainer.model.train()
    running, told, saved = 0.0, state.seconds, state.seconds
    for batch in batches(pools, tokenizer, settings.seed, skip=state.step):
        if state.progress(settings) >= 1:
            break
        before = time.monotonic()
        used = threads.before(state.step)
        # Drop-out is seeded by the step, so that a resumed run draws what an unbroken one would have.
        torch.manual_seed(settings.seed * 1_000_003 + state.step)
        loss = trainer.step(batch)
        took = time.monotonic() - before
        threads.after(used, sum(map(len, batch)) / took)
        running = loss if not running else 0.98 * running + 0.02 * loss
        state.step, state.windows, state.seconds = state.step + 1, state.windows + len(batch), state.seconds + took
        if state.seconds - told >= 60:
            told = state.seconds
            rates = {count: round(rate) for count, rate in sorted(threads.rates.items())}
            print(
                f"step {state.step} windows {state.windows} seconds {state.seconds:.0f} loss {running:.3f} "
                f"progress {state.progress(settings):.3f} tokens/s by threads {rates}",
                flush=True,
            )
        if state.seconds - saved >= 300:
            saved = state.seconds
            trainer.save(out / "checkpoint.pt")
    trainer.save(out / "checkpoint.pt")


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with squad2_dev_a, reader_training and so on")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and weights")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, help="number of updates (reproducible)")
    length.add_argument("--minutes", type=float, help="wall-clock budget")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--rate", type=float, default=1.2e-4, help="highest learning rate; five times that for the head"
    )
    parser.add_argument("--from", dest="start", type=Path, help="start from these weights instead of MiniLM's")
    parser.add_argument("--threads", type=int, help="fixed number of threads; without it, one or two by trial")
    parser.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    return parser.parse_args()


def main() -> None:
    """Train and write the weights."""
    args = parse()
    settings = Settings(args.seed, args.steps, args.minutes, args.rate, 5 * args.rate)
    args.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(settings.seed)
    tokenizer = load_tokenizer(base_folder())
    pools = split(read_all(args.data))
    pools.train["retrieved"] = tuple(retrieve(mineable(pools), args.out / "retrieved.json"))
    trainer = Trainer(load_model(args.start or base_folder(), settings.dropout), settings)
    if args.resume:
        trainer.restore(args.out / "checkpoint.pt")
    print(json.dumps({"settings": asdict(settings), "data": describe(pools), "dropped": pools.dropped}), flush=True)
    # In the reproducible mode the number of threads must not vary: it changes the order of sums.
    fixed = args.threads or (1 if settings.steps is not None else None)
    train(trainer, pools, tokenizer, args.out, Threads(fixed))
    write_weights(trainer, args.out, tokenizer)
    record = {"settings": asdict(settings), "state": asdict(trainer.state), "data": describe(pools)}
    (args.out / "run.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
