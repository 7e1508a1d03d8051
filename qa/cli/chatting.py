"""``qa chat``: the page in the browser. ``python app.py`` is the same command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_path

from qa.cli.commands import app
from qa.cli.options import LibraryOption, ModelOption, Options, ReaderOption

SAMPLES = Path(__file__).parents[1] / "samples"
"""The documents that come with the program, and questions that they answer."""
_QUESTIONS_SHOWN = 3


@app.command()
def chat(  # noqa: PLR0913 - options
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Files and folders to add.")] = None,
    samples: Annotated[bool, typer.Option("--samples", help="Try the documents that come with the program.")] = False,
    host: Annotated[str, typer.Option("--host", help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port, or the next free one.")] = 7860,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open a browser.")] = True,
    library: LibraryOption = None,
    model: ModelOption = None,
    reader: ReaderOption = None,
) -> None:
    """Ask in the browser, until Ctrl-C.

    The page is served to this machine only, unless --host says otherwise. The samples have a library of their own.
    """
    from qa.web.server import serve

    options = Options(context, library, model, False, reader=reader)
    added = list(paths or ())
    if samples:
        options.folder = options.folder or user_cache_path("verbatim", appauthor=False) / "samples-library"
        added.insert(0, SAMPLES / "docs")
    examples = sample_questions(SAMPLES / "questions.jsonl") if samples else ()
    with options.open(create=True) as opened:
        try:
            serve(opened, paths=added, host=host, port=port, open_browser=browser, examples=examples)
        except KeyboardInterrupt:
            return


def sample_questions(file: Path) -> tuple[str, ...]:
    """An answerable question about each of the first few files that the question set names."""
    first: dict[str, str] = {}
    for line in file.read_text("utf-8").splitlines():
        entry = json.loads(line)
        if entry["answerable"]:
            first.setdefault(entry["file"], entry["question"])
    return tuple(first.values())[:_QUESTIONS_SHOWN]
