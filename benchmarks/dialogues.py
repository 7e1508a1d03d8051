"""Follow-up questions: is found in a conversation what a person would have asked for, and is a new subject let alone?

    python -m benchmarks.dialogues dialogues:development dialogues:kept_aside
    python -m benchmarks.dialogues covidqa:all squad11:test --most 300 --reader none

``dialogues`` are written ones: ten of two to four turns in each part, by one author, half over the samples, half over
the seed document in ``../shared/data`` (left out where it is missing). A turn counts when a quote holds one of its
wordings. Turns that stand alone already (a change of subject) are counted apart.

Of other sets the questions are taken in the order in which somebody asked them about one document, each as a follow-up
to the question before it, and once more as a change of subject, after a question about another document. A question
counts at 1 (5) when the first (one of the first five) passages of the answer holds a labelled span. Documents are cut
in two: the weight of the second wording was chosen on the ``development`` half of covidqa.

Three ways of asking: as typed, in the conversation (``turns`` of ``Library.ask``), and for written dialogues as a
person wrote the question out. Intervals: 95 % bootstrap over follow-ups.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.bootstrap import in_words
from benchmarks.libraries import CACHE, Target, build, targets
from benchmarks.questions import DATA, LabelledQuestion, load
from qa import Answer, Library, Settings
from qa.conversation import Turn

DIALOGUES = Path(__file__).parent / "dialogues"
DOCUMENTS = {"samples": Path(__file__).parents[1] / "qa" / "samples" / "docs", "seed": DATA / "seed"}
DEPTHS = (1, 5)


class Row(NamedTuple):
    """One way of asking one question."""

    kind: str
    """Of the question: which figure it belongs to."""
    way: str
    right: bool


def turn_of(answer: Answer) -> Turn:
    """What the next question of the conversation is asked after."""
    quote = next((citation.quote for citation in answer.citations), "")
    return Turn(answer.question, answer.short or quote)


# --- written dialogues ------------------------------------------------------------------------------------------------


def holds(answer: Answer, wordings: Sequence[str]) -> bool:
    """True if a quote holds one of the wordings."""
    quotes = [" ".join(citation.quote.split()) for citation in answer.citations]
    return any(wording in quote for quote in quotes for wording in wordings)


def written(part: str, settings: Settings) -> Iterator[Row]:
    """The turns behind the first of each dialogue; each is printed."""
    dialogues = [json.loads(line) for line in (DIALOGUES / f"{part}.jsonl").read_text("utf-8").splitlines()]
    for name, documents in DOCUMENTS.items():
        if not documents.is_dir():
            print(f"{name}: left out, nothing in {documents}")
            continue
        with Library.open(CACHE / f"dialogues-{name}", settings=settings) as library:
            library.sync([documents], yes=True)
            for dialogue in dialogues:
                if dialogue["documents"] == name:
                    yield from _asked(dialogue, library)


def _asked(dialogue: Mapping[str, Any], library: Library) -> Iterator[Row]:
    turns: list[Turn] = []
    for said in dialogue["turns"]:
        question, ideal = said["question"], said["ideal"]
        answer = library.ask(question, turns=turns)
        if turns:
            answers = {"as typed": library.ask(question), "conversation": answer, "written out": library.ask(ideal)}
            right = {way: holds(each, said["answers"]) for way, each in answers.items()}
            print(f"{dialogue['id']} {''.join('-+'[each] for each in right.values())} {question} -> {answer.question}")
            kind = "follow-ups" if question != ideal else "changes of subject"
            yield from (Row(f"{kind}, a quote holds the wording", *each) for each in right.items())
        turns.append(turn_of(answer))


# --- questions in the order in which they were asked ------------------------------------------------------------------


def in_order(name: str, part: str, most: int, settings: Settings) -> Iterator[Row]:
    """Follow-ups of a question set."""
    labelled = load(name, part)
    build(labelled).close()
    by_document: dict[str, list[LabelledQuestion]] = {}
    for question in labelled.questions:
        by_document.setdefault(question.document, []).append(question)
    development = set(random.Random(0).sample(sorted(by_document), len(by_document) // 2))
    pairs = [pair for questions in by_document.values() for pair in pairwise(questions)]
    rng = random.Random(1)
    before = {question.id: earlier for earlier, question in rng.sample(pairs, min(most, len(pairs)))}
    chosen = [question for question in labelled.questions if question.id in before]
    with Library.open(CACHE / f"{name}-{part}" / "library", settings=settings) as library:
        for question, target in targets(chosen, library):
            half = "development" if question.document in development else "report"
            other = rng.choice([each for each in labelled.questions if each.document != question.document])
            ways = {"as typed": None, "conversation": before[question.id], "new subject": other}
            for way, earlier in ways.items():
                turns = [Turn(earlier.text)] if earlier else []
                rank = _rank(library.ask(question.text, turns=turns, threshold=0.0), target)
                yield from (Row(f"{half}, passage at {depth}", way, rank <= depth) for depth in DEPTHS)


def _rank(answer: Answer, target: Target) -> int:
    passages = [hit.passage for hit in answer.hits]
    right = (target.is_in(passage.document_id, passage.start, passage.end) for passage in passages)
    return next((rank for rank, each in enumerate(right, 1) if each), len(passages) + max(DEPTHS))


# --- figures ----------------------------------------------------------------------------------------------------------


def report(name: str, rows: Sequence[Row]) -> None:
    """Print the share of right ones by kind and way."""
    for kind in dict.fromkeys(row.kind for row in rows):
        ways = dict.fromkeys(row.way for row in rows if row.kind == kind)
        for way in ways:
            values = [float(row.right) for row in rows if (row.kind, row.way) == (kind, way)]
            print(f"{name}, {kind}, n = {len(values)}: {way:12} {in_words(values)}", flush=True)


def main() -> None:
    """Measure the sets named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", help="NAME:PART, such as dialogues:kept_aside or covidqa:all")
    parser.add_argument("--most", type=int, default=300, help="draw at most so many follow-ups of a set")
    parser.add_argument("--reader", default="default", help="none: as the passages were found")
    arguments = parser.parse_args()
    settings = Settings(reader=arguments.reader)
    for each in arguments.sets:
        name, part = each.split(":")
        rows = written(part, settings) if name == "dialogues" else in_order(name, part, arguments.most, settings)
        report(each, list(rows))


if __name__ == "__main__":
    main()
