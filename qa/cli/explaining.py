"""``qa why``: the stage at which a known answer got lost."""

from __future__ import annotations

from typing import Annotated

import typer

from qa.cli.commands import app
from qa.cli.console import Output, one_line
from qa.cli.options import JsonOption, LibraryOption, ModelOption, Options, QuestionArgument, ReaderOption
from qa.diagnosis import STAGE_WORDS, Diagnosis, Occurrence


@app.command("why")
def why_command(
    context: typer.Context,
    question: QuestionArgument,
    expected: Annotated[str, typer.Option("--expected", metavar="WORDS", help="The answer, as documents word it.")],
    library: LibraryOption = None,
    model: ModelOption = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say where a known answer got lost.

    Not read, not indexed, not among the candidates, ranked too low, not quoted, held back under the threshold, or
    found; with ranks and scores of each occurrence of the words.
    """
    options = Options(context, library, model, as_json, reader=reader)
    with options.open() as opened, options.out.waiting("Searching…"):
        found = opened.why(question, expected)
    if options.out.as_json:
        options.out.json(found.to_dict())
    else:
        _show(options.out, found)


def _show(out: Output, found: Diagnosis) -> None:
    out.line(f"{STAGE_WORDS[found.stage]}.", style="bold")
    if not found.occurrences:
        out.line(found.reason)
    for number, each in enumerate(found.occurrences, 1):
        where = [one_line(each.source.title), f"page {each.page}" if each.page else ""]
        where += [f"line {each.line}" if each.line else ""]
        out.line(f"\n{number}. “{one_line(each.words)}” · " + " · ".join(filter(None, where)), style="green")
        stage = "" if each.stage == found.stage else f"{STAGE_WORDS[each.stage]}. "
        out.line(stage + each.reason, indent=3)
        if each.passage_id is not None:
            out.line(_ranks(each), style="dim", indent=3)
    for file in found.unread:
        out.line(f"{one_line(file.path)}: {file.reason}", indent=2)


def _ranks(each: Occurrence) -> str:
    def part(name: str, rank: int | None, score: float | None) -> str:
        shown = "" if score is None else f" ({score:.3f})"
        return f"{name} {'–' if rank is None else rank}{shown}"

    parts = [("rank", each.rank, each.score), ("words", each.words_rank, each.bm25)]
    parts += [("meaning", each.meaning_rank, each.cosine)]
    parts += [("reader", each.read_rank, each.reader)] if each.reader is not None else []
    return " · ".join(part(*values) for values in parts)
