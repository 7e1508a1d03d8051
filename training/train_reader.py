"""Trains the extractive reader; resumable, with fixed seeds.

    python -m training.train_reader start       # the sections of training/reader.toml, in this order
    python -m training.train_reader reader
    python -m training.train_reader packed

Uses a GPU if torch finds one. Reads the pairs that ``training.data`` wrote; writes ``<folder>/<section>/`` with a
checkpoint every 250 steps, ``log.jsonl`` and at the end ``model/``, which ``AutoModelForQuestionAnswering`` loads.
When started again, it resumes from the last checkpoint. bfloat16 and no dropout on attention are 1.4 times as fast on
two cores with AVX512-BF16; eager attention (the gradient of the fused one is slow there) and batches read in two halves
of similar length another 1.3 times. To run in the background, and to stop glibc from returning every tensor's pages to
the kernel (which took half of the time):

    MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=100000000000 nice -n 10 python -m training.train_reader reader &
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer

from embeddings import find_model
from qa.reader.windows import ReaderInput, Window, in_windows, padded
from qa.text.sentences import sentences
from training.data import Pair, read

_CONFIG = Path(__file__).with_name("reader.toml")
_SAVE_STEPS, _LOG_STEPS = 250, 25
_POOL = 400
"""Number of questions among which those of similar length share a batch."""


@dataclass(frozen=True, slots=True)
class Example:
    """A window and the answer in it."""

    group: str
    window: Window
    kind: str
    start: int = 0
    end: int = 0


def examples(tokenizer: Any, pairs: Sequence[Pair], config: dict[str, Any], chance: random.Random) -> Iterator[Example]:
    """One window for each pair: the one with the label (of a random annotator), or the first."""
    for pair in pairs:
        title = words_of(pair.title) if chance.random() < config["titles"] else ""
        span = chance.choice(pair.spans) if pair.kind == "answer" else None
        text = pair.text
        if pair.kind != "relevant" and chance.random() < config.get("cropped", 0.0):
            text, span = cropped(pair.text, span, chance)
        for window in in_windows(tokenizer, pair.question, [ReaderInput(title, text)], config["tokens"]):
            if span is None:
                yield Example(pair.id, window, pair.kind)
                break
            starts = [i for i, offset in enumerate(window.offsets) if offset and offset[0] <= span[0] < offset[1]]
            ends = [i for i, offset in enumerate(window.offsets) if offset and offset[0] < span[1] <= offset[1]]
            if starts and ends:
                yield Example(pair.id, window, "answer", starts[0], ends[0])
                break


def cropped(text: str, span: tuple[int, int] | None, chance: random.Random) -> tuple[str, tuple[int, int] | None]:
    """Some consecutive sentences, around the answer if there is one: so that short passages have answers too, and
    anywhere in them."""
    bounds = sentences(text, 0, len(text))
    holding = [i for i, (a, b) in enumerate(bounds) if span and a < span[1] and span[0] < b]
    middle = holding or [chance.randrange(len(bounds))] if bounds else []
    if not middle:
        return text, span
    first = bounds[max(0, middle[0] - chance.randint(0, 2))][0]
    last = bounds[min(len(bounds), middle[-1] + 1 + chance.randint(0, 2)) - 1][1]
    if span is None:
        return text[first:last], None
    if not first <= span[0] < span[1] <= last:
        return text, span
    return text[first:last], (span[0] - first, span[1] - first)


def words_of(title: str) -> str:
    """A title without punctuation and suffix: where labelled and mined passages had theirs in different forms, the
    reader learned to tell the forms apart instead of reading."""
    return " ".join(re.findall(r"\w+", title.removesuffix(".txt").replace("_", " ")))


def plan(pairs: Sequence[Pair], config: dict[str, Any]) -> list[list[Pair]]:
    """The batches of all epochs, the same at every call: questions with their negatives, grouped by length."""
    by_question: dict[str, list[Pair]] = defaultdict(list)
    negatives: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        (negatives if pair.mined else by_question)[pair.id].append(pair)
    found: list[list[Pair]] = []
    for epoch in range(config["epochs"]):
        chance = random.Random(f"{config['seed']}/{epoch}")
        questions = _fewer(sorted(by_question), config.get("most", {}), chance)
        chance.shuffle(questions)
        groups = []
        for question in questions:
            wanted = min(config["negatives"], len(negatives[question]))
            labelled = by_question[question]
            if len(labelled) > 1:  # the paragraph, and the passage that the splitter makes of it
                labelled = [chance.choice(labelled)]
            groups.append(labelled + chance.sample(negatives[question], wanted))
        order = []
        for start in range(0, len(groups), _POOL):
            pool = sorted(groups[start : start + _POOL], key=lambda group: max(len(pair.text) for pair in group))
            order += list(_filled(pool, config["batch"]))
        chance.shuffle(order)
        found += order
    return found


def _fewer(questions: Sequence[str], most: dict[str, int], chance: random.Random) -> list[str]:
    """The questions of one epoch: of each set in ``most`` at most this many, drawn at random."""
    drawn = [question for question in questions if question.split("/")[0] not in most]
    for name, number in most.items():
        own = [question for question in questions if question.split("/")[0] == name]
        drawn += chance.sample(own, min(number, len(own)))
    return drawn


def _filled(groups: Sequence[list[Pair]], size: int) -> Iterator[list[Pair]]:
    batch: list[Pair] = []
    for group in groups:
        batch = batch + group
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def loss_of(model: Any, tokenizer: Any, batch: Sequence[Example], shared: float) -> torch.Tensor:
    """Cross-entropy over "no answer" and the passage's tokens; weighted by ``shared``, also over the tokens of all
    passages of a question (Clark & Gardner 2018, "shared-norm"), which makes scores comparable across passages."""
    batch = sorted(batch, key=lambda example: len(example.window.ids))
    both = _logits(model, tokenizer, [example.window for example in batch])
    masked = torch.ones(both[0].shape, dtype=torch.bool, device=model.device)
    for row, example in enumerate(batch):
        tokens = [i for i, offset in enumerate(example.window.offsets) if offset is not None]
        masked[row, [0, *tokens]] = False
    total = torch.zeros((), device=model.device)
    for logits, side in zip(both, ("start", "end"), strict=True):
        logits = logits.masked_fill(masked, -1e4)
        logs = torch.log_softmax(logits, dim=1)
        for row, example in enumerate(batch):
            if example.kind == "relevant":
                total = total - torch.log1p(-logs[row, 0].exp().clamp(max=1 - 1e-4))
            else:
                total = total - logs[row, getattr(example, side)]
        total = total + shared * _shared(logits, batch, side)
    return total / (2 * len(batch))


def _logits(model: Any, tokenizer: Any, windows: Sequence[Window]) -> tuple[torch.Tensor, torch.Tensor]:
    """The start and end logits, each (windows, longest window); ``windows`` are sorted by length and read in halves."""
    width, half = len(windows[-1].ids), (len(windows) + 1) // 2
    starts, ends = [], []
    for part in filter(None, (windows[:half], windows[half:])):
        inputs = {name: values.to(model.device) for name, values in padded(tokenizer, part).items()}
        with torch.autocast(model.device.type, dtype=torch.bfloat16):
            output = model(**inputs)
        lacking = (0, width - output.start_logits.shape[1])
        starts.append(torch.nn.functional.pad(output.start_logits.float(), lacking))
        ends.append(torch.nn.functional.pad(output.end_logits.float(), lacking))
    return torch.cat(starts), torch.cat(ends)


def _shared(logits: torch.Tensor, batch: Sequence[Example], side: str) -> torch.Tensor:
    groups: dict[str, list[int]] = defaultdict(list)
    for row, example in enumerate(batch):
        groups[example.group].append(row)
    total = torch.zeros((), device=logits.device)
    for group in groups.values():
        gold = [row for row in group if batch[row].kind == "answer"]
        if len(group) > 1 and len(gold) == 1:
            tokens = torch.logsumexp(logits[group][:, 1:].reshape(-1), dim=0)
            total = total + tokens - logits[gold[0], getattr(batch[gold[0]], side)]
    return total


def only_asked(pairs: Sequence[Pair], asked: Sequence[Pair]) -> list[Pair]:
    """Of the sets that ``asked`` has questions from, only those questions; where it has labelled passages for them,
    these passages instead of all others."""
    ids, sets = {pair.id for pair in asked}, {pair.id.split("/")[0] for pair in asked}
    labelled = {pair.id: pair for pair in asked if not pair.mined}
    chosen = [pair for pair in pairs if pair.id in ids or pair.id.split("/")[0] not in sets]
    chosen = [pair for pair in chosen if pair.mined or pair.kind != "answer" or labelled.get(pair.id, pair) == pair]
    return list(dict.fromkeys(chosen))


def train(section: str, config: dict[str, Any], folder: Path) -> None:
    """Train one section to its end."""
    torch.manual_seed(config["seed"])
    source = folder / config["from"] / "model" if config["from"] else find_model().path
    tokenizer = AutoTokenizer.from_pretrained(source)
    model = AutoModelForQuestionAnswering.from_pretrained(
        source, dtype=torch.float32, attention_probs_dropout_prob=0.0, attn_implementation="eager"
    ).to("cuda" if torch.cuda.is_available() else "cpu")
    pairs = [
        pair for file in config["files"] for pair in read(folder / file) if pair.id.split("/")[0] in config["sets"]
    ]
    if "asked" in config:
        pairs = only_asked(pairs, read(folder / config["asked"]))
    to = folder / section
    to.mkdir(parents=True, exist_ok=True)
    order = plan(pairs, config)[: config.get("batches")]
    steps = len(order)
    print(f"{section}: {len(pairs)} pairs, {steps} batches, on {model.device}", file=sys.stderr)
    optimizer, schedule = _optimizer(model, config["rate"], steps)
    done = _resume(to, model, optimizer, schedule)
    model.train()
    losses, read_pairs, started = [], 0, time.monotonic()
    with (to / "log.jsonl").open("a", encoding="utf-8") as log:
        while done < steps:
            batch = list(examples(tokenizer, order[done], config, random.Random(f"{config['seed']}/{done}")))
            loss = loss_of(model, tokenizer, batch, config["shared"])
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            done += 1
            losses.append(float(loss.detach()))
            read_pairs += len(batch)
            if done % _LOG_STEPS == 0:
                loss_mean, rate = sum(losses) / len(losses), read_pairs / (time.monotonic() - started)
                row = {"step": done, "of": steps, "loss": round(loss_mean, 4), "pairs_s": round(rate, 1)}
                log.write(json.dumps(row) + "\n")
                log.flush()
                losses, read_pairs, started = [], 0, time.monotonic()
            if done % _SAVE_STEPS == 0:
                _save(to, model, optimizer, schedule, done)
    model.save_pretrained(to / "model")
    tokenizer.save_pretrained(to / "model")


def _optimizer(model: Any, rate: float, steps: int) -> tuple[Any, Any]:
    """AdamW without decay of biases and norms, and a schedule: a tenth of the steps to warm up, then linear decay."""
    weights = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    groups = [{"params": weights, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=rate, fused=True)
    warm = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / (steps - warm + 1)))
    )
    return optimizer, schedule


def _save(folder: Path, model: Any, optimizer: Any, schedule: Any, done: int) -> None:
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict()}
    torch.save(state | {"done": done}, folder / "checkpoint.new")
    (folder / "checkpoint.new").replace(folder / "checkpoint.pt")


def _resume(folder: Path, model: Any, optimizer: Any, schedule: Any) -> int:
    path = folder / "checkpoint.pt"
    if not path.is_file():
        return 0
    state = torch.load(path, map_location=model.device, weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    schedule.load_state_dict(state["schedule"])
    return int(state["done"])


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the section named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("section", help="a section of the recipes")
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "verbatim-training")
    parser.add_argument("--recipes", type=Path, default=_CONFIG)
    options = parser.parse_args(arguments)
    train(options.section, tomllib.loads(options.recipes.read_text("utf-8"))[options.section], options.folder)


if __name__ == "__main__":
    main()
