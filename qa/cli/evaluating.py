"""``qa evaluate``: a question set → a table, a JSON file, plots, and whether a difference is real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TimeRemainingColumn
from rich.table import Table

from qa.answering.error_rate import save_outcomes
from qa.cli.asking import configured_model
from qa.cli.commands import app
from qa.cli.console import Output, one_line
from qa.cli.options import ERROR, JsonOption, LibraryOption, ModelOption, Options, ReaderOption
from qa.cli.progress import bars
from qa.evaluation import (
    Comparison,
    Difference,
    Evaluation,
    Figure,
    Problem,
    compare,
    evaluate,
    outcomes,
    save_plots,
    temporary_library,
)
from qa.evaluation.plots import require_matplotlib
from qa.evaluation.run import OnAsked
from qa.generation import Writer

_PROBLEMS_SHOWN = 20


@app.command("evaluate")
def evaluate_command(  # noqa: PLR0913 - options
    context: typer.Context,
    questions: Annotated[
        Path, typer.Argument(help="Questions and answers (JSON lines or CSV), or a file written by --output.")
    ],
    documents: Annotated[
        Path | None,
        typer.Option("--documents", metavar="PATH", help="Ask a temporary library of this folder."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Ask this many questions, drawn at random (--seed).")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of the draw and of the intervals.")] = 0,
    output: Annotated[Path | None, typer.Option("--output", metavar="FILE", help="Write the results as JSON.")] = None,
    plots: Annotated[
        Path | None, typer.Option("--plots", metavar="DIR", help="Plot risk against coverage, and calibration, as PNG.")
    ] = None,
    other: Annotated[
        Path | None,
        typer.Option("--compare", metavar="FILE", help="Compare with an earlier --output."),
    ] = None,
    written: Annotated[
        bool,
        typer.Option("--writer", help="Evaluate answers that the configured language model writes (`qa models`)."),
    ] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    reader: ReaderOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the answers to a set of questions.

    Retrieval, right answers, abstaining, confidence and speed, each with its 95 % interval; docs/evaluation.md explains
    them. Nothing is asked if QUESTIONS is an earlier --output. After 50 questions or more the library saves its error
    rate, unless --writer. The exit code is 1 if no question could be evaluated.
    """
    options = Options(context, library, model, as_json, reader=reader)
    if documents is not None and options.folder is not None:
        raise typer.BadParameter("give either --documents or --library", param_hint="--documents")
    if plots:
        require_matplotlib()
    earlier = Evaluation.load(other) if other else None
    writer = Writer(configured_model()) if written else None
    result, saved = _evaluated(options, questions, documents, writer, limit, seed)
    comparison = compare(earlier, result, seed=seed) if earlier else None
    if output:
        result.save(output)
    if plots:
        save_plots(result, plots)
    _print(options.out, result, comparison, saved)
    if not result.questions:
        raise typer.Exit(ERROR)


def _evaluated(
    options: Options, questions: Path, documents: Path | None, writer: Writer | None, limit: int | None, seed: int
) -> tuple[Evaluation, bool]:
    """Asked now, or read from an earlier output; and True if the library has saved its error rate."""
    if questions.suffix.lower() == ".json":
        return Evaluation.load(questions), False
    if documents is None:
        with options.open() as opened, asking(options.out.progress_console) as on_asked:
            result = evaluate(questions, opened, limit=limit, seed=seed, writer=writer, on_asked=on_asked)
            return result, writer is None and save_outcomes(opened.folder, outcomes(result))
    with ExitStack() as stack:
        with bars(options.out.progress_console) as on_progress:
            subject = stack.enter_context(temporary_library(documents, options.new_library, on_progress))
        on_asked = stack.enter_context(asking(options.out.progress_console))
        return evaluate(questions, subject, limit=limit, seed=seed, writer=writer, on_asked=on_asked), False


@contextmanager
def asking(console: Console | None) -> Iterator[OnAsked | None]:
    """A callback that draws the number of questions asked on ``console``; None without one."""
    if console is None:
        yield None
        return
    columns = (SpinnerColumn(), "Asking", BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as drawn:
        task = drawn.add_task("", total=None)
        yield lambda done, total: drawn.update(task, completed=done, total=total)


# --- how it looks -----------------------------------------------------------------------------------------------------


def _print(out: Output, result: Evaluation, comparison: Comparison | None, saved: bool) -> None:
    """As JSON or for people; ``saved``: the library has saved its error rate."""
    if out.as_json:
        compared = {} if comparison is None else {"comparison": asdict(comparison)}
        out.json({**result.to_dict(), **compared})
        return
    _show_problems(out, result.problems)
    if comparison is None:
        _show_rows(out, ("", "", "95 %", "n"), [_cells(figure) for figure in result.figures])
    else:
        _show_comparison(out, comparison)
    about = f"\n{len(result.questions):,} questions, {result.about['sources']:,} documents, {result.about['model']}"
    writer = result.about.get("writer")
    about += f", answers written by {one_line(writer)}" if writer else ""
    out.line(about + (". The library has saved this error rate." if saved else ""), style="dim")


def _cells(figure: Figure) -> tuple[str, ...]:
    return figure.name, _number(figure.value, figure.name), _interval(figure, figure.name), f"{figure.n:,}"


def _show_comparison(out: Output, comparison: Comparison) -> None:
    rows = []
    for each in comparison.differences:
        verdict = ("better" if each.better else "worse") if each.real else "may be chance"
        sides = _number(each.before, each.name), _number(each.after, each.name)
        rows.append((each.name, *sides, _interval(each, each.name), verdict if each.n else "", f"{each.n:,}"))
    _show_rows(out, ("", "before", "now", "95 % of the difference", "", "n"), rows)
    out.line(f"\n{comparison.common:,} questions in both; {comparison.left_out:,} in only one or worded differently.")


def _show_rows(out: Output, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table for people; tabs in a pipe."""
    if not out.is_terminal:
        for row in rows:
            out.row(*row)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for index, head in enumerate(heads):
        table.add_column(head, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    out.print(table)


def _number(value: float | None, name: str) -> str:
    return "–" if value is None else f"{value:.1f}" if name.endswith(", ms") else f"{value:.3f}"


def _interval(each: Figure | Difference, name: str) -> str:
    return "–" if each.low is None else f"{_number(each.low, name)} to {_number(each.high, name)}"


def _show_problems(out: Output, problems: Sequence[Problem]) -> None:
    if problems:
        out.line(f"Left out ({len(problems):,}):", style="yellow")
    for problem in problems[:_PROBLEMS_SHOWN]:
        line = f"line {problem.line}: " if problem.line else ""
        out.line(line + one_line(problem.message), indent=2)
    if len(problems) > _PROBLEMS_SHOWN:
        out.line(f"… and {len(problems) - _PROBLEMS_SHOWN:,} more (all of them with --json or --output)", indent=2)
