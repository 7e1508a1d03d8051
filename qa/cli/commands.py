"""The commands of ``qa`` around documents: options → library → text or JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from qa import __version__
from qa.cli import to_text
from qa.cli.console import tolerate_encodings
from qa.cli.options import (
    ERROR,
    DocumentOption,
    Group,
    JsonOption,
    LibraryOption,
    ModelOption,
    Options,
    QuestionArgument,
    WhereOption,
    documents_named,
    filters,
)
from qa.cli.progress import bars
from qa.cli.to_json import check_json, document_json, list_json
from qa.codec import to_json
from qa.ingest.sync import REFUSED, UNCONFIRMED
from qa.storage.backup import export_library, import_library

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit codes: 0 done, answered or not found; 1 error; 2 wrong usage; 130 stopped with Ctrl-C.",
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    tolerate_encodings()
    app(args=None if arguments is None else list(arguments), prog_name="qa")


def _version(wanted: bool) -> None:
    if not wanted:
        return
    sys.stdout.write(f"verbatim {__version__}\n")
    raise typer.Exit


@app.callback()
def _global_options(
    context: typer.Context,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Ask questions of your own documents; every quote is a passage of them, word for word.

    Nothing leaves this machine unless you have configured a language model elsewhere (see `qa models`). The options
    below may be given before or after the command's name.
    """
    context.obj = Options(context, library, model, as_json)


@app.command()
def add(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files and folders.")],
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read files and folders into the library.

    Unchanged files cost nothing. Files that cannot be read are listed and do not stop the others; the exit code is 1
    only if none could be read.
    """
    options = Options(context, library, model, as_json)
    with options.open(create=True) as opened, bars(options.out.progress_console) as on_progress:
        report = opened.add(paths, on_progress=on_progress)
    options.report(report)
    if not any(report.count(status) for status in ("added", "updated", "moved", "unchanged")):
        raise typer.Exit(ERROR)


@app.command()
def sync(
    context: typer.Context,
    roots: Annotated[list[str] | None, typer.Argument(help="Added folders or files (default: all).")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Remove documents even if a folder, or most of it, is gone.")
    ] = False,
    trust: Annotated[
        bool, typer.Option("--trust", help="Also read folders that the library names but you never added here.")
    ] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the library up to date with the added folders.

    New and changed files are read, deleted ones removed. Nothing is removed for a folder that is missing or has lost
    over 30 % of its files, unless --yes. A folder that was not added on this machine is asked about, or left out unless
    --trust: the library may come from somebody else. The exit code is 1 if anything is left for you to decide.
    """
    options = Options(context, library, model, as_json)
    with options.open() as opened:
        sources = [] if roots else opened.sources()
        if trust or _confirmed(options, opened.added.unconfirmed(sources)):
            opened.added.trust(sources)
        with bars(options.out.progress_console) as on_progress:
            report = opened.sync(roots or None, yes=yes, on_progress=on_progress)
    options.report(report)
    if any(note.code in (REFUSED, UNCONFIRMED) for outcome in report.files for note in outcome.notes):
        raise typer.Exit(ERROR)


def _confirmed(options: Options, unconfirmed: Sequence[str]) -> bool:
    """True if the user, asked at the terminal, wants to read these."""
    if not unconfirmed or not options.out.is_terminal or not sys.stdin.isatty():
        return False
    options.out.line("The library names these, but they were not added on this machine:")
    for path in unconfirmed:
        options.out.line(path, indent=2)
    return typer.confirm("Read their files into the library?")


@app.command("list")
def list_documents(
    context: typer.Context, library: LibraryOption = None, model: ModelOption = None, as_json: JsonOption = False
) -> None:
    """List the documents.

    In a pipe: one line each with id, title and path, separated by tabs.
    """
    options = Options(context, library, model, as_json)
    with options.open() as opened:
        sources, stats = opened.sources(), opened.stats()
    if options.out.as_json:
        options.out.json(list_json(opened.folder, sources, stats))
    else:
        to_text.show_list(options.out, opened.folder, sources, stats)


@app.command()
def show(
    context: typer.Context,
    document: Annotated[str, typer.Argument(help="Id (see `qa list`), path, title or pattern.")],
    text: Annotated[bool, typer.Option("--text", help="Show the whole text, too.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a document as it was read.

    Its metadata, pages, passages, problems in reading it, and its text.
    """
    options = Options(context, library, model, as_json)
    with options.open() as opened:
        found = opened.sources(documents_named([document]))
        read = [(opened.document(each.document_id), opened.passages(each.document_id)) for each in found]
    if options.out.as_json:
        documents = [document_json(each, *parts, text) for each, parts in zip(found, read, strict=True)]
        options.out.json({"documents": documents})
        return
    for number, (source, (content, passages)) in enumerate(zip(found, read, strict=True)):
        if number:
            options.out.line()
        to_text.show_source(options.out, source, content, passages)
        if text:
            options.out.line(f"\n{content.text}")


@app.command()
def remove(
    context: typer.Context,
    documents: Annotated[list[str], typer.Argument(help="Ids (see `qa list`), paths, folders, titles or patterns.")],
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove documents from the library.

    No file of the library holds a word of them afterwards. The documents' own files are not touched; copies of uploads
    are deleted. `qa sync` leaves a removed file out, `qa add` adds it again.
    """
    options = Options(context, library, model, as_json)
    with options.open() as opened:
        report = opened.remove(documents_named(documents))
    options.report(report)
    if not options.out.as_json:
        for outcome in report.files:
            options.out.line(outcome.path, indent=2)


@app.command()
def search(  # noqa: PLR0913 - options
    context: typer.Context,
    question: QuestionArgument,
    k: Annotated[int, typer.Option("-k", min=1, help="How many passages.")] = 10,
    words_only: Annotated[
        bool, typer.Option("--words-only", "--words", help="Search by words only, without a model.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Explain the score of each passage.")] = False,
    document: DocumentOption = None,
    where: WhereOption = None,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the passages that match a question best."""
    options = Options(context, library, model, as_json)
    chosen: dict[str, Any] = {"documents": documents_named(document) if document else None, "where": filters(where)}
    with options.open() as opened, options.out.waiting("Searching…"):
        hits = opened.search(question, k, **chosen, explain=explain, words_only=words_only)
    if options.out.as_json:
        options.out.json({"question": question, "hits": to_json(hits)})
    elif hits:
        to_text.show_hits(options.out, hits, question, explain)
    else:
        options.out.line("Nothing found.", style="bold")


@app.command()
def check(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair/--no-repair", help="Repair the problems found.")] = True,
    quick: Annotated[bool, typer.Option("--quick", help="Compare only what is listed, and read no contents.")] = False,
    reencode: Annotated[bool, typer.Option("--reencode", help="Make all vectors with the current model.")] = False,
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look for damage, compare the database with the indexes, and repair these.

    The exit code is 1 if a problem remains.
    """
    options = Options(context, library, model, as_json)
    encoded = 0
    with options.open() as opened:
        if reencode:
            with bars(options.out.progress_console) as on_progress:
                encoded = opened.reencode(on_progress=on_progress)
        with options.out.waiting("Checking…"):
            report, waiting = opened.check(repair=repair, quick=quick), opened.stats().waiting
    if options.out.as_json:
        options.out.json(check_json(report, encoded, waiting))
    else:
        to_text.show_check(options.out, report, encoded, waiting)
    if report.problems and not report.repaired:
        raise typer.Exit(ERROR)


@app.command("export")
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The file to write, for example library.zip.")],
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save the whole library as one file.

    It has the texts, uploads and conversations, not the documents' own files; keep it as safe as those. Others may use
    and change the library meanwhile.
    """
    options, file = Options(context, library, model, as_json), file.expanduser()
    with options.out.waiting("Exporting…"):
        export_library(options.settings().library, file)
    if options.out.as_json:
        options.out.json({"file": str(file), "bytes": file.stat().st_size})
    else:
        options.out.line(f"Saved as {file} ({file.stat().st_size:,} bytes).")


@app.command("import")
def import_(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A file that `qa export` has made.")],
    library: LibraryOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a library from an exported file.

    The library's folder must be empty or absent. Everything is checked before anything is put in place.
    """
    options = Options(context, library, model, as_json)
    with options.out.waiting("Importing…"):
        import_library(file, options.settings().library)
        with options.open() as opened:
            folder, documents = opened.folder, opened.stats().sources
    if options.out.as_json:
        options.out.json({"library": str(folder), "documents": documents})
    else:
        options.out.line(f"Imported {documents:,} {'document' if documents == 1 else 'documents'} into {folder}.")
