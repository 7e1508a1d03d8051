"""Output: text for people or one JSON document on stdout, everything else on stderr."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn, TextIO

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from qa.cli.to_json import dump

BROKEN_PIPE = 141
"""128 + SIGPIPE, as the shell reports a program whose output nobody reads any more."""

_WIDE = 120
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
_LINE_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]|\r\n?")


def clean(text: str) -> str:
    """``text`` without anything that a terminal would obey: control characters, escapes, changes of direction."""
    return _ACTIVE.sub("", _LINE_BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    """``clean`` with all white space as single spaces."""
    return " ".join(clean(text).split())


def tolerate_encodings() -> None:
    """Show characters that the terminal's encoding lacks as ``?`` rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


class _Console(Console):
    def on_broken_pipe(self) -> NoReturn:
        self.quiet = True
        reader_gone()


def reader_gone() -> NoReturn:
    """End quietly, because nobody reads our output any more."""
    with suppress(OSError, ValueError):  # or the interpreter tries to write what is left, and complains
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise typer.Exit(BROKEN_PIPE)


def _console(file: TextIO) -> Console:
    return _Console(file=file, highlight=False, markup=False, emoji=False)


class Output:
    """The two streams of one command. All texts are cleaned on their way out, except those given as ``Text``."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._out, self._err = _console(sys.stdout), _console(sys.stderr)

    @property
    def is_terminal(self) -> bool:
        """True if a person reads: piped output is not wrapped and has no frames."""
        return self._out.is_terminal

    @property
    def is_wide(self) -> bool:
        """True if there is room for whole paths in a table."""
        return self._out.width >= _WIDE

    @property
    def progress_console(self) -> Console | None:
        """The console to draw progress on; None when nobody would see it."""
        return self._err if self._err.is_terminal else None

    def json(self, value: Any) -> None:
        """Print the one JSON document of this command."""
        self._write(dump(value, sys.stdout.encoding or "ascii"))

    def line(self, text: str | Text = "", *, style: str = "", indent: int = 0) -> None:
        """Print a line or paragraph; wrapped on a terminal only."""
        shown = Text(clean(text), style) if isinstance(text, str) else text
        if self.is_terminal:
            self._out.print(Padding(shown, (0, 0, 0, indent), expand=False))
        else:
            margin = " " * indent
            for each in shown.split("\n", allow_blank=True) if shown.plain else [shown]:
                self._out.print(Text.assemble(margin if each.plain else "", each), soft_wrap=True)

    def row(self, *values: object) -> None:
        """Print values for another program, with tabs between them."""
        self._write("\t".join(one_line(str(value)) for value in values))

    def print(self, renderable: Any) -> None:
        """Print something of rich that has been made of cleaned texts."""
        self._out.print(renderable)

    def _write(self, line: str) -> None:
        """Print past rich, which turns tabs into spaces."""
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            reader_gone()

    def error(self, message: str) -> None:
        """Print a line on stderr."""
        self._err.print(Text(f"qa: {clean(message)}"), soft_wrap=True)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show an animation on a terminal while something takes a moment."""
        if self.progress_console is None:
            yield
            return
        with self.progress_console.status(Text(what)):
            yield
