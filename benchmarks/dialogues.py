"""Follow-up questions: does asking with ``qa.conversation.rewrite.standalone`` find what a person would have asked for?

    python -m benchmarks.dialogues --part development
    python -m benchmarks.dialogues --part kept_aside

Ten dialogues of two to four turns in each part, half over the samples, half over the seed document in
``../shared/data`` (left out where it is missing), written by one author before the same author wrote the rules, which
were made with the development part in view.
A turn counts when a quote of ``Library.ask`` holds one of its wordings. Three ways of asking: the follow-up as it was
typed, as ``standalone`` makes it from the turns before (their questions as *it* made them, their answers as they were
given), and as a person wrote it out. Turns that stand alone already (a change of subject) are counted apart: they must
stay as they are. Intervals: 95 % bootstrap over follow-ups.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bootstrap import interval
from benchmarks.libraries import CACHE
from benchmarks.questions import DATA
from qa import Answer, Library
from qa.conversation.rewrite import Turn, standalone

DIALOGUES = Path(__file__).parent / "dialogues"
DOCUMENTS = {"samples": Path(__file__).parents[1] / "qa" / "samples" / "docs", "seed": DATA / "seed"}
WAYS = ("as typed", "standalone", "written out")


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn behind the first."""

    follow_up: bool
    """It does not stand alone as it was typed."""
    same: bool
    """``standalone`` gave the question that a person wrote out, word for word."""
    found: dict[str, bool]
    """By way of asking: a quote holds the wording."""


def turn_of(question: str, answer: Answer) -> Turn:
    """What the next question of the dialogue may mean."""
    quotes = [citation.quote for citation in answer.citations]
    title = answer.citations[0].source.title if answer.citations else ""
    return Turn(question, answer.short or next(iter(quotes), ""), title)


def holds(answer: Answer, wordings: list[str]) -> bool:
    """Whether a quote holds one of the wordings."""
    quotes = [" ".join(citation.quote.split()) for citation in answer.citations]
    return any(wording in quote for quote in quotes for wording in wordings)


def run(dialogue: dict[str, object], library: Library) -> list[Asked]:
    """The turns behind the first of one dialogue, asked in the three ways; each rewriting is printed."""
    turns: list[Turn] = []
    outcomes = []
    for said in dialogue["turns"]:  # type: ignore[attr-defined]
        question, ideal = said["question"], said["ideal"]
        standing = standalone(question, turns)
        answers = {text: library.ask(text) for text in {question, standing, ideal}}
        if turns:
            texts = dict(zip(WAYS, (question, standing, ideal), strict=True))
            found = {way: holds(answers[text], said["answers"]) for way, text in texts.items()}
            outcomes.append(Asked(question != ideal, standing == ideal, found))
            marks = "".join("+" if found[way] else "-" for way in WAYS)
            print(f"{dialogue['id']} {marks} {question}  ->  {standing}", flush=True)
        turns.append(turn_of(standing, answers[standing]))
    return outcomes


def main() -> None:
    """Run the part named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["development", "kept_aside"], default="development")
    part = parser.parse_args().part
    dialogues = [json.loads(line) for line in (DIALOGUES / f"{part}.jsonl").read_text("utf-8").splitlines()]
    outcomes: list[Asked] = []
    for name, documents in DOCUMENTS.items():
        if not documents.is_dir():
            print(f"{name}: left out, nothing in {documents}")
            continue
        with Library.open(CACHE / f"dialogues-{name}") as library:
            library.sync([documents], yes=True)
            for dialogue in dialogues:
                outcomes += run(dialogue, library) if dialogue["documents"] == name else []
    for words, chosen in (
        ("follow-ups", [each for each in outcomes if each.follow_up]),
        ("changes of subject", [each for each in outcomes if not each.follow_up]),
    ):
        print(
            f"\n{part}, {words}: n = {len(chosen)}, {sum(each.same for each in chosen)} as written out, word for word"
        )
        for way in WAYS:
            figures = interval([float(each.found[way]) for each in chosen])
            print(f"{way:12} a quote holds the wording: " + "{:.3f} [{:.3f}, {:.3f}]".format(*figures))


if __name__ == "__main__":
    main()
