"""The work that goes on behind the page: loading the model, reading files, making vectors; and its status in words."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Literal

from qa.errors import FilterError, error_words
from qa.ingest.sync import ALONE, REFUSED
from qa.library import Library
from qa.types import AddReport, FileOutcome, Progress

ModelState = Literal["waiting", "loading", "ready", "failed"]


@dataclass(frozen=True, slots=True)
class Status:
    """What the page shows of the work behind it."""

    model: ModelState = "waiting"
    reading: Progress | None = None
    encoding: Progress | None = None
    reading_problem: str = ""
    """One sentence for people about what last went wrong with reading files; empty when nothing did."""
    model_problem: str = ""
    """The same of the model and its vectors."""
    removing: int = 0
    """So many documents are being removed."""
    report: AddReport | None = None
    """What became of the files named at the start, or of the last bringing up to date."""
    missing: tuple[FileOutcome, ...] = ()
    """Folders of which the last bringing up to date removed nothing because too much of them is gone."""
    changes: int = 0
    """Grows with every change of the documents made through this process."""

    @property
    def busy(self) -> bool:
        """Whether anything is under way that the page should follow closely."""
        waits = self.model in ("waiting", "loading")
        return waits or self.reading is not None or self.encoding is not None or bool(self.removing)

    @property
    def problem(self) -> str:
        """What last went wrong and has not gone well since, for people; empty when nothing did."""
        return " ".join(filter(None, (self.reading_problem, self.model_problem)))

    @property
    def message(self) -> str:
        """What is under way, in words; empty when nothing is."""
        if self.removing:
            return f"Removing {self.removing:,} {'document' if self.removing == 1 else 'documents'} without a trace"
        if self.reading is not None:
            return progress_words(self.reading)
        if self.encoding is not None and self.model == "ready":
            return progress_words(self.encoding)
        return "Loading the model…" if self.model in ("waiting", "loading") else ""


def progress_words(progress: Progress) -> str:
    """How far a piece of work is, with its rate and the time left where they are known."""
    if progress.phase == "read":
        item = f": {PurePath(progress.item).name}" if progress.item else ""
        if not progress.total:
            return "Looking for changes in the added folders"
        return f"Reading files, {progress.done:,} of {progress.total:,} done{item}"
    words = f"Making documents findable by meaning: {progress.done:,} of {progress.total:,} {progress.unit}"
    if progress.rate:
        words += f", {progress.rate:,.0f} a second"
    if progress.seconds_left is not None and progress.done < progress.total:
        words += f", {time_words(progress.seconds_left)} left"
    return words


def time_words(seconds: float) -> str:
    """A length of time, roughly."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


_CLOSING_SECONDS = 10.0


class _StandBack(Exception):
    """Ends a run of making vectors early: the library lets only one thread write, and readers go first."""


class Background:
    """Two threads: one loads the model and then makes vectors whenever some are missing, one reads files."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._status = Status()
        self._lock = threading.Lock()
        self._vectors_wanted = threading.Event()
        self._readers = 0
        self._closed = False
        self._encoding: threading.Thread | None = None

    @property
    def status(self) -> Status:
        """A snapshot."""
        return self._status

    def start(self, paths: Sequence[Path] = ()) -> None:
        """Begin to load the model, to read the paths, to bring the added folders up to date, and to make what vectors
        are missing. Returns at once."""
        self._encoding = threading.Thread(target=self._encode_forever, name="verbatim-encode", daemon=True)
        self._encoding.start()
        if paths or self._library.stats().sources:
            threading.Thread(target=self._read_first, args=(paths,), name="verbatim-read", daemon=True).start()

    def close(self) -> None:
        """Let the threads end after the work at hand. The one that encodes is waited for: a process that ends while
        torch computes aborts."""
        self._closed = True
        self._vectors_wanted.set()
        if self._encoding is not None:
            self._encoding.join(_CLOSING_SECONDS)

    def add_upload(self, name: str, data: bytes, folder: str = "") -> AddReport:
        """Store and read one uploaded file; its vectors follow in the background. Raises VerbatimError."""
        with self._reading(Progress("read", 0, 1, "files", name)):
            return self._library.add_upload(name, data, folder=folder, vectors=False)

    def read_again(self, sources: Sequence[int]) -> AddReport:
        """Look at the files of these sources again. Raises VerbatimError."""
        with self._reading(Progress("read", 0, len(sources), "files")):
            return self._library.read_again(sources, on_progress=self._show, vectors=False)

    def remove(self, sources: Sequence[int]) -> AddReport:
        """Remove these sources without a trace. Raises VerbatimError."""
        with self._first():
            self._update(lambda status: replace(status, removing=status.removing + len(sources)))
            try:
                return self._library.remove(sources)
            finally:
                self._update(lambda status: replace(status, removing=status.removing - len(sources)))

    def bring_up_to_date(self) -> AddReport:
        """Take over what changed in the added folders; what is not removed without a word from the user is in the
        status as ``missing``. Raises VerbatimError."""
        with self._reading(Progress("read", 0, 0, "files")):
            report = self._library.sync(on_progress=self._show, vectors=False)
        self._update(lambda status: replace(status, report=report, missing=_refused(report), reading_problem=""))
        return report

    def remove_missing(self, place: str) -> AddReport:
        """The user's word on one of the ``missing`` folders: its documents go, if as many are gone as was said.

        Raises ``FilterError`` when nothing was asked about such a folder.
        """
        asked = next((outcome for outcome in self.status.missing if outcome.path == place), None)
        if asked is None:
            raise FilterError(f"nothing is known to be missing of {place!r}. Bring the folders up to date again.")
        roots = [source.path for source in self._library.sources() if source.root is None and not source.upload]
        with self._reading(Progress("read", 0, 0, "files")):
            chosen = roots if place == ALONE else [place]
            report = self._library.sync(chosen, on_progress=self._show, vectors=False)
            if asked in _refused(report):
                report = self._library.sync(chosen, yes=True, on_progress=self._show, vectors=False)

        def with_the_rest(status: Status) -> Status:
            others = [outcome for outcome in status.missing if outcome.path != place]
            return replace(status, report=report, missing=(*others, *_refused(report)))

        self._update(with_the_rest)
        return report

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Read files and folders; what became of them is in the status, also when something went wrong."""
        try:
            with self._reading(Progress("read", 0, len(paths), "files")):
                report = self._library.add(list(paths), on_progress=self._show, vectors=False)
            self._update(lambda status: replace(status, report=report, changes=status.changes + 1, reading_problem=""))
        except Exception as error:  # shown in the page, and in the log
            self._reading_failed(error)

    def _read_first(self, paths: Sequence[Path]) -> None:
        """At the start: all folders that were added before come up to date; the rest of ``paths`` is new."""
        known = {source.root for source in self._library.sources()}
        new = [path for path in paths if os.path.abspath(path.expanduser()) not in known]
        try:
            if known:
                self.bring_up_to_date()
        except Exception as error:  # shown in the page, and in the log
            self._reading_failed(error)
        if new:
            self.add_paths(new)

    @contextmanager
    def _reading(self, first: Progress) -> Iterator[None]:
        """While a file is read, making vectors stands back; after that, there are new ones to make."""
        with self._first():
            self._show(first)
            try:
                yield
            finally:
                self._update(lambda status: replace(status, reading=None))

    @contextmanager
    def _first(self) -> Iterator[None]:
        """While documents change, making vectors stands back."""
        with self._lock:
            self._readers += 1
        try:
            yield
        finally:
            with self._lock:
                self._readers -= 1
            self._update(lambda status: replace(status, changes=status.changes + 1))
            self._vectors_wanted.set()

    def _encode_forever(self) -> None:
        self._load_model()
        while not self._closed:
            self._vectors_wanted.wait()
            self._vectors_wanted.clear()
            if not self._closed and self._status.model == "ready":
                self._encode()

    def _load_model(self) -> None:
        self._update(lambda status: replace(status, model="loading"))
        try:
            self._library.warm_up()
        except Exception as error:  # shown in the page, and in the log
            self._model_failed(error)
            self._update(lambda status: replace(status, model="failed"))
        else:
            self._update(lambda status: replace(status, model="ready"))
            self._vectors_wanted.set()

    def _encode(self) -> None:
        try:
            if waiting := self._library.stats().waiting:
                self._show(Progress("encode", 0, waiting, "passages"))
            self._library.encode(on_progress=self._show_or_stand_back)
            self._update(lambda status: replace(status, model_problem=""))
        except _StandBack:
            pass  # what is made is kept; the reader asks for the rest when it is done
        except Exception as error:  # shown in the page, and in the log
            self._model_failed(error)
        finally:
            self._update(lambda status: replace(status, encoding=None, changes=status.changes + 1))

    def _show_or_stand_back(self, progress: Progress) -> None:
        self._show(progress)
        if self._readers or self._closed:
            raise _StandBack

    def _show(self, progress: Progress) -> None:
        if progress.phase == "read":
            self._update(lambda status: replace(status, reading=progress))
        else:
            self._update(lambda status: replace(status, encoding=progress))

    def _reading_failed(self, error: Exception) -> None:
        if not self._closed:  # else the end of the program tore the work at hand apart, which is nobody's fault
            problem = error_words(error)
            self._update(lambda status: replace(status, reading_problem=problem))

    def _model_failed(self, error: Exception) -> None:
        if not self._closed:
            problem = error_words(error)
            self._update(lambda status: replace(status, model_problem=problem))

    def _update(self, change: Callable[[Status], Status]) -> None:
        with self._lock:
            self._status = change(self._status)


def is_refused(outcome: FileOutcome) -> bool:
    """Whether it stands for a folder of which a sync removed nothing because too much is gone."""
    return any(note.code == REFUSED for note in outcome.notes)


def _refused(report: AddReport) -> tuple[FileOutcome, ...]:
    return tuple(filter(is_refused, report.files))
