"""How often the rule of ``qa.generation.support`` is right: on sentences that a passage supports or does not support.

    python -m benchmarks.support --part test

The sentences are those of ClapNQ's answers, which annotators wrote from one passage. Wrong ones are derived from them:
with another number or name of the same passage, with a denial inserted or removed, with the beginning of another answer
added, or paired with the passage of another question. They were written by people and not by a language model: what a
model makes up may be harder to detect.

    python -m benchmarks.support --part tune --time

measures how long checking an answer takes: its sentences as they arrive, in pieces of four characters, with a
quotation each, against ten passages.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.questions import DATA, rows_of
from embeddings import content_terms
from qa.generation.check import Checker
from qa.generation.stream import SentenceStream
from qa.generation.support import support
from qa.text.sentences import sentences
from qa.types import Block, Document, Hit, HitDetail, Passage, ReadingReport, Source, Unit

_NUMBER = re.compile(r"\d[\d,.]*\d|\d")
_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z]\w+(?: [A-Z]\w+)*")
_VERB = re.compile(r"\b(is|was|are|were|has|have|had|can|will)\b")


class Claim(NamedTuple):
    """A sentence and the passage that should support it."""

    kind: str
    """``true``, or how the sentence was made wrong."""
    sentence: str
    title: str
    text: str


def claims(part: str, data: Path = DATA) -> Iterator[Claim]:
    """Those of one part of the splits, the same at every call."""
    folder, source = data / "questions" / "clapnq", random.Random(0)
    titles = set(json.loads((data / "splits.json").read_text("utf-8"))[part])
    documents = {row["id"]: row | {"text": _clean(row["text"])} for row in rows_of(folder / "docs.jsonl.gz")}
    asked = [
        row
        for row in rows_of(folder / "questions.jsonl.gz")
        if row["answerable"] and documents.get(row["source_doc_id"], {}).get("title") in titles
    ]
    for row in asked:
        own = documents[row["source_doc_id"]]
        answer = _clean(row["answers"][0])
        elsewhere = source.choice([other for other in asked if other["source_doc_id"] != row["source_doc_id"]])
        for start, end in sentences(answer, 0, len(answer)):
            sentence = answer[start:end]
            if len(sentence.split()) >= 4:
                yield Claim("true", sentence, own["title"], own["text"])
                for kind, wrong in _wrong(sentence, own["text"], _clean(elsewhere["answers"][0]), source):
                    yield Claim(kind, wrong, own["title"], own["text"])
                other = _nearest(sentence, own, documents.values())
                yield Claim("other passage", sentence, other["title"], other["text"])


def _wrong(claim: str, text: str, elsewhere: str, source: random.Random) -> Iterator[tuple[str, str]]:
    for kind, pattern in (("number", _NUMBER), ("name", _NAME)):
        inside = pattern.findall(claim)
        others = [word for word in pattern.findall(text) if not any(word in own or own in word for own in inside)]
        if inside and others:
            yield kind, claim.replace(source.choice(inside), source.choice(others), 1)
    if " not " in claim:
        yield "denial removed", claim.replace(" not ", " ", 1)
    elif verb := _VERB.search(claim):
        yield "denied", f"{claim[: verb.end()]} not{claim[verb.end() :]}"
    yield "added", f"{claim.rstrip('.')}, and {' '.join(elsewhere.split()[:8])}."


def _nearest(claim: str, own: dict[str, Any], documents: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The document with most of the claim's words that does not overlap its own."""
    wanted = set(content_terms(claim, "en"))
    start = own["text"][:60]
    others = [d for d in documents if start not in d["text"] and d["text"][:60] not in own["text"]]
    return max(others, key=lambda d: len(wanted & _terms(d["text"])) / (1 + len(_terms(d["text"])) ** 0.5))


@cache
def _terms(text: str) -> frozenset[str]:
    return frozenset(content_terms(text, "en"))


def _clean(text: str) -> str:
    """Undo the tokenisation of ClapNQ's passages."""
    text = re.sub(r" ([.,;:?!)%'’])", r"\1", text).replace("( ", "(")
    return " ".join(re.sub(r"`` ?| ?''", '"', text).split())


def hit_of(title: str, text: str) -> Hit:
    """A hit whose passage is the whole text."""
    document = Document("0" * 32, text, (Block("paragraph", 0, len(text)),), ReadingReport("text/1"), language="en")
    units = tuple(Unit(start, end) for start, end in sentences(text, 0, len(text), "en"))
    passage = Passage(1, document.id, 0, len(text), text, units=units)
    return Hit(Source(1, title, title, document.id), document, passage, 1.0, HitDetail(1, 1, 1.0, 1.0, 1.0))


def time_checking(part: str, data: Path = DATA) -> None:
    """Print how long whole answers take, from the first piece to the last statement."""
    source = random.Random(0)
    by_passage: dict[tuple[str, str], list[str]] = defaultdict(list)
    for claim in claims(part, data):
        if claim.kind == "true":
            by_passage[claim.title, claim.text].append(claim.sentence)
    hits = [hit_of(title, text) for title, text in by_passage]
    seconds, lengths = [], []
    for own, sentences_of_answer in zip(hits, by_passage.values(), strict=True):
        written = _written(own.document.text.split(), sentences_of_answer)
        others = source.sample(hits, min(9, len(hits)))
        started = time.perf_counter()
        _check(written, [own, *others])
        seconds.append(time.perf_counter() - started)
        lengths.append(len(written))
    p50, p95 = 1e3 * np.median(seconds), 1e3 * np.quantile(seconds, 0.95)
    print(f"{len(seconds)} answers of {np.median(lengths):.0f} characters: p50 {p50:.1f} ms, p95 {p95:.1f} ms")


def _written(words: Sequence[str], answer: Sequence[str]) -> str:
    """The sentences of the answer, each followed by a quotation of the passage's words."""
    firsts = range(0, len(words) - 8, max(1, len(words) // len(answer)))
    quoted = [" ".join(words[first : first + 8]) for first in firsts]
    return " ".join(f"{sentence} [1]. “{quote}” [1]." for sentence, quote in zip(answer, quoted, strict=False))


def _check(written: str, hits: Sequence[Hit]) -> None:
    checker, stream = Checker(hits), SentenceStream()
    for i in range(0, len(written), 4):
        for sentence in stream.feed(written[i : i + 4]):
            checker.check(sentence)
    for sentence in stream.finish():
        checker.check(sentence)


def judge(part: str, data: Path = DATA, *, show: bool = False) -> dict[str, list[bool]]:
    """Whether the rule calls each claim supported, by kind."""
    judged: dict[str, list[bool]] = defaultdict(list)
    for claim in claims(part, data):
        supported = support(claim.sentence, hit_of(claim.title, claim.text)) is not None
        judged[claim.kind].append(supported)
        if show and supported != (claim.kind == "true"):
            print(f"{claim.kind}: {claim.sentence}\n    {claim.title}: {claim.text[:600]}")
    return judged


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", default="tune", choices=("train", "tune", "test"))
    parser.add_argument("--show", action="store_true", help="print the claims that are judged wrongly (never on test)")
    parser.add_argument("--time", action="store_true", help="measure how long checking takes instead")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the labelled sets")
    options = parser.parse_args(arguments)
    if options.time:
        time_checking(options.part, options.data)
        return
    judged = judge(options.part, options.data, show=options.show)
    for kind, supported in judged.items():
        print(f"{kind:>16}: {np.mean(supported):.3f} called supported (n = {len(supported)})")
    recall = float(np.mean(judged.pop("true")))
    wrong = float(np.mean([np.mean(supported) for supported in judged.values()]))
    precision = recall / (recall + wrong)
    print(f"recall {recall:.3f}; precision {precision:.3f}, with as many wrong as true ones and all kinds alike")


if __name__ == "__main__":
    main()
