"""``qa why``: where a known answer got lost."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.cli.commands import app
from qa.cli.console import Output, one_line
from qa.cli.options import JsonOption, LibraryOption, ModelOption, Options, QuestionArgument, ReaderOption
from qa.diagnosis import STAGE_WORDS, Place, Why


@app.command("why")
def why_command(
    context: typer.Context,
    question: QuestionArgument,
    expected: Annotated[str, typer.Option("--expected", metavar="WORDS", help="The answer's words, as documents say.")],
    library: LibraryOption = None,
    model: ModelOption = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say where a known answer got lost.

    Not read, not indexed, not among the candidates, ranked too low, not quoted, held back under the threshold, or
    found; with ranks and scores of the places where the words stand.
    """
    options = Options(context, library, model, as_json, reader=reader)
    with options.open() as opened, options.out.waiting("Searching…"):
        found = opened.why(question, expected)
    if options.out.as_json:
        options.out.json(found.to_dict())
    else:
        _show(options.out, found)


def _show(out: Output, found: Why) -> None:
    out.line(f"{STAGE_WORDS[found.stage]}.", style="bold")
    if not found.places:
        out.line(found.reason)
    for number, place in enumerate(found.places, 1):
        where = [one_line(place.source.title), f"page {place.page}" if place.page else ""]
        where += [f"line {place.line}" if place.line else ""]
        out.line(f"\n{number}. “{one_line(place.words)}” · " + " · ".join(filter(None, where)), style="green")
        stage = "" if place.stage == found.stage else f"{STAGE_WORDS[place.stage]}. "
        out.line(stage + place.reason, indent=3)
        if place.passage_id is not None:
            out.line(_ranks(place), style="dim", indent=3)
    for each in found.unread:
        out.line(f"{one_line(each.path)}: {each.reason}", indent=2)


def _ranks(place: Place) -> str:
    def part(name: str, rank: int | None, score: float | None) -> str:
        shown = "" if score is None else f" ({score:.3f})"
        return f"{name} {'–' if rank is None else rank}{shown}"

    parts = [("rank", place.rank, place.score), ("words", place.words_rank, place.bm25)]
    parts += [("meaning", place.meaning_rank, place.cosine)]
    parts += [("reader", place.read_rank, place.reader)] if place.reader is not None else []
    return " · ".join(part(*each) for each in parts)
