"""How often the rule of ``qa.generation.support`` is right: sentences a passage says, and sentences it does not.

    python -m benchmarks.support --part test

The sentences are those of ClapNQ's answers, which annotators wrote from one passage. Wrong ones are made of them:
another number or name of the same passage put in, a denial put in or left out, the beginning of another answer added,
or the passage of another question. Written by people and not by a language model: what a model adds by itself may be
told less well.

    python -m benchmarks.support --part tune --time

gives what checking an answer costs: its sentences as they come, in pieces of four characters, with a quotation each,
against ten passages.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.questions import DATA
from embeddings import content_terms
from qa.generation.check import Checker
from qa.generation.stream import SentenceStream
from qa.generation.support import support
from qa.text.sentences import sentences
from qa.types import Block, Document, Hit, HitDetail, Passage, ReadingReport, Source, Unit

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z]\w+(?: [A-Z]\w+)*")
_VERB = re.compile(r"\b(is|was|are|were|has|have|had|can|will)\b")


class Pair(NamedTuple):
    """A sentence held against a passage."""

    kind: str
    """``true``, or what was done to it."""
    claim: str
    title: str
    text: str


def pairs(part: str, data: Path = DATA) -> Iterator[Pair]:
    """Those of one part of the splits, the same at every call."""
    folder, chance = data / "questions" / "clapnq", random.Random(0)
    titles = set(json.loads((data / "splits.json").read_text("utf-8"))[part])
    documents = {row["id"]: row | {"text": _clean(row["text"])} for row in _rows(folder / "docs.jsonl.gz")}
    asked = [
        row
        for row in _rows(folder / "questions.jsonl.gz")
        if row["answerable"] and documents.get(row["source_doc_id"], {}).get("title") in titles
    ]
    for row in asked:
        own = documents[row["source_doc_id"]]
        answer = _clean(row["answers"][0])
        elsewhere = chance.choice([other for other in asked if other["source_doc_id"] != row["source_doc_id"]])
        for start, end in sentences(answer, 0, len(answer)):
            claim = answer[start:end]
            if len(claim.split()) >= 4:
                yield Pair("true", claim, own["title"], own["text"])
                for kind, wrong in _wrong(claim, own["text"], _clean(elsewhere["answers"][0]), chance):
                    yield Pair(kind, wrong, own["title"], own["text"])
                other = _nearest(claim, own, documents.values())
                yield Pair("other passage", claim, other["title"], other["text"])


def _wrong(claim: str, text: str, elsewhere: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    for kind, pattern in (("number", _NUMBER), ("name", _NAME)):
        inside = pattern.findall(claim)
        others = [word for word in pattern.findall(text) if not any(word in own or own in word for own in inside)]
        if inside and others:
            yield kind, claim.replace(chance.choice(inside), chance.choice(others), 1)
    if " not " in claim:
        yield "denial left out", claim.replace(" not ", " ", 1)
    elif verb := _VERB.search(claim):
        yield "denied", f"{claim[: verb.end()]} not{claim[verb.end() :]}"
    yield "added", f"{claim.rstrip('.')}, and {' '.join(elsewhere.split()[:8])}."


def _nearest(claim: str, own: dict[str, str], documents: object) -> dict[str, str]:
    """The document, not overlapping its own, that has most of the claim's words."""
    wanted = set(content_terms(claim, "en"))
    start = own["text"][:60]
    others = [d for d in documents if start not in d["text"] and d["text"][:60] not in own["text"]]  # type: ignore[attr-defined]
    return max(others, key=lambda d: len(wanted & _terms(d["text"])) / (1 + len(_terms(d["text"])) ** 0.5))


_known: dict[str, frozenset[str]] = {}


def _terms(text: str) -> frozenset[str]:
    if text not in _known:
        _known[text] = frozenset(content_terms(text, "en"))
    return _known[text]


def _clean(text: str) -> str:
    """ClapNQ's passages are cut into tokens."""
    text = re.sub(r" ([.,;:?!)%'’])", r"\1", text).replace("( ", "(")
    return " ".join(re.sub(r"`` ?| ?''", '"', text).split())


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        yield from map(json.loads, stream)


def hit_of(title: str, text: str) -> Hit:
    """A found passage that is a whole text."""
    document = Document("0" * 32, text, (Block("paragraph", 0, len(text)),), ReadingReport("text/1"), language="en")
    units = tuple(Unit(start, end) for start, end in sentences(text, 0, len(text), "en"))
    passage = Passage(1, document.id, 0, len(text), text, units=units)
    return Hit(Source(1, title, title, document.id), document, passage, 1.0, HitDetail(1, 1, 1.0, 1.0, 1.0))


def checking(part: str) -> None:
    """Seconds for whole answers, from the first piece to the last statement."""
    chance = random.Random(0)
    by_passage: dict[tuple[str, str], list[str]] = defaultdict(list)
    for pair in pairs(part):
        if pair.kind == "true":
            by_passage[pair.title, pair.text].append(pair.claim)
    hits = [hit_of(title, text) for title, text in by_passage]
    seconds, lengths = [], []
    for own, claims in zip(hits, by_passage.values(), strict=True):
        words = own.document.text.split()
        quoted = [" ".join(words[i : i + 8]) for i in range(0, len(words) - 8, max(1, len(words) // len(claims)))]
        written = " ".join(f"{claim} [1]. “{quote}” [1]." for claim, quote in zip(claims, quoted, strict=False))
        started = time.perf_counter()
        checker, stream = Checker([own, *chance.sample(hits, 9)]), SentenceStream()
        for i in range(0, len(written), 4):
            for sentence in stream.feed(written[i : i + 4]):
                checker.check(sentence)
        for sentence in stream.finish():
            checker.check(sentence)
        seconds.append(time.perf_counter() - started)
        lengths.append(len(written))
    median, high = 1e3 * np.median(seconds), 1e3 * np.quantile(seconds, 0.95)
    print(f"{len(seconds)} answers of {np.median(lengths):.0f} characters: {median:.1f} ms, at 95 % {high:.1f} ms")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="tune", choices=("train", "tune", "test"))
    parser.add_argument("--show", action="store_true", help="print what is judged wrongly (never on test)")
    parser.add_argument("--time", action="store_true", help="measure what checking costs instead")
    given = parser.parse_args(arguments)
    if given.time:
        checking(given.part)
        return
    outcomes: dict[str, list[bool]] = defaultdict(list)
    for pair in pairs(given.part):
        supported = support(pair.claim, hit_of(pair.title, pair.text)) is not None
        outcomes[pair.kind].append(supported)
        if given.show and supported != (pair.kind == "true"):
            print(f"{pair.kind}: {pair.claim}\n    {pair.title}: {pair.text[:600]}")
    for kind, judged in outcomes.items():
        print(f"{kind:>16}: {np.mean(judged):.3f} called supported (n = {len(judged)})")
    true, wrong = outcomes.pop("true"), outcomes
    shares = [float(np.mean(judged)) for judged in wrong.values()]
    recall, false = float(np.mean(true)), float(np.mean(shares))
    print(f"recall {recall:.3f}; precision, with as many wrong as true sentences and all kinds alike: "
          f"{recall / (recall + false):.3f}")  # fmt: skip


if __name__ == "__main__":
    main()
