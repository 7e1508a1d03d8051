"""The options that commands share, opening the library, and turning errors into messages and exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from qa.cli import to_text
from qa.cli.console import Output, reader_gone
from qa.cli.to_json import report_json
from qa.errors import VerbatimError
from qa.library import Library
from qa.settings import Settings, load_settings
from qa.types import AddReport

ERROR, INTERRUPTED = 1, 130
_CONTINUES = {"add", "sync", "check"}

LibraryOption = Annotated[
    Path | None, typer.Option("--library", metavar="DIR", help="Folder of the library (default: your user data).")
]
ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="Embedding model: a folder or a hub name (default: the library's own)."
    ),
]
ReaderOption = Annotated[
    str | None,
    typer.Option(
        "--reader", metavar="NAME", help="Extractive reader: a folder, a hub name, or none (default: the shipped one)."
    ),
]
ThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        min=0,
        max=1,
        help="Answer only with at least this confidence (default: VERBATIM_THRESHOLD).",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text for people.")]
DocumentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--document", metavar="DOC", help="Only this document: id, path, folder, title or pattern. Repeatable."
    ),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="KEY=VALUE",
        help="Only documents with this path, title, language, suffix or metadata value. Repeatable.",
    ),
]
QuestionArgument = Annotated[str, typer.Argument(help="The question, in quotation marks.")]


class Group(TyperGroup):
    """The group of all commands: it turns errors into one line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        out = Output(False)
        try:
            return super().invoke(ctx)
        except VerbatimError as error:
            out.error(str(error))
        except BrokenPipeError:
            reader_gone()
        except OSError as error:
            out.error(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except KeyboardInterrupt:
            continues = ctx.invoked_subcommand in _CONTINUES
            out.error("stopped." + (" Finished work is saved; run the same command to continue." if continues else ""))
            raise typer.Exit(INTERRUPTED) from None
        raise typer.Exit(ERROR)


def open_library(settings: Settings, create: bool) -> Library:
    """The library that the settings name. Raises as ``Library.open``."""
    return Library.open(settings.library, settings=settings, create=create)


class Options:
    """The global options, given before or after the command's name, and what every command does with them."""

    def __init__(
        self,
        context: typer.Context,
        library: Path | None,
        model: str | None,
        as_json: bool,
        *,
        reader: str | None = None,
        threshold: float | None = None,
    ) -> None:
        """Options after the command's name override those before it."""
        self.reader, self.threshold = reader, threshold
        before: Options | None = context.obj
        self.folder: Path | None = library or (before.folder if before else None)
        self.model: str | None = model or (before.model if before else None)
        self.out: Output = Output(as_json or bool(before and before.out.as_json))

    def settings(self) -> Settings:
        """The settings of this process, overridden by the options. Raises ``SettingsError``."""
        return load_settings(self.folder, self.model, self.reader, self.threshold)

    def open(self, *, create: bool = False) -> Library:
        """The library that the options name. Raises ``VerbatimError``."""
        return open_library(self.settings(), create)

    def new_library(self, folder: Path) -> Library:
        """An empty library in ``folder``, with the other options. Raises ``VerbatimError``."""
        return open_library(load_settings(folder, self.model, self.reader), True)

    def report(self, report: AddReport) -> None:
        """Show the outcome of each file."""
        if self.out.as_json:
            self.out.json(report_json(report))
        else:
            to_text.show_report(self.out, report)


def documents_named(names: Sequence[str]) -> list[int | str]:
    """Names as the library takes them: all digits are an id (a file of such a name is ``./7``)."""
    return [int(name) if name.isdecimal() else name for name in names]


def filters(pairs: Sequence[str] | None) -> dict[str, list[str]] | None:
    """``KEY=VALUE`` pairs as a ``where`` filter; None when there are none. Raises a usage error."""
    found: dict[str, list[str]] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise typer.BadParameter(f"{pair!r} is not KEY=VALUE", param_hint="--where")
        found.setdefault(key.strip(), []).append(value.strip())
    return found or None
