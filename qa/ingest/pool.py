"""Files prepared ahead, in other processes where there is much to read, so that the next files are read and split while
those before are saved.

Plain processes that answer pickled requests, because no ready-made pool fits a library that any script may import.
Measured with Python 3.11 and loky 3.7: ``ProcessPoolExecutor`` runs a script without ``if __name__ == "__main__"`` a
second time and then fails, and its process was still there 30 s after its parent had been killed; that of loky was
after 60 s, when the parent was killed while it added files. These end with their current request. In processor time all
three cost the same.
"""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from embeddings import Encoder
from qa.errors import FileError
from qa.ingest.prepare import Prepared, Preparer
from qa.settings import Settings

logger = logging.getLogger(__name__)

_MOST = 4
"""Processes at most: about what one writer keeps up with."""
_FILES_EACH = 8
_BYTES_EACH = 2_000_000
"""A process is worth its start (half a second) from this much work on."""
_FILES_AHEAD = 2_000
_BYTES_AHEAD = 32_000_000
"""So much is read before it can be saved: several times what is prepared while a batch is committed."""
_FILES_TOGETHER = 64
_BYTES_TOGETHER = 300_000
"""So much is sent to a process at a time: a tenth of a second of Markdown."""
_SETUP_BYTES = 1_000_000
"""An encoder that packs to more than this is not sent."""
_START = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from qa.ingest.pool import serve; serve()"

Result = Prepared | FileError


class Task(Protocol):
    """A file, or whatever else keeps its place in the order of files."""

    @property
    def path(self) -> Path | None:
        """The file to be prepared; None: there is nothing to prepare."""

    @property
    def size(self) -> int:
        """Of the file, in bytes."""


T = TypeVar("T", bound=Task)


@dataclass(eq=False, slots=True)
class _Group(Generic[T]):
    """Files that follow each other and are prepared together."""

    tasks: list[T] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    size: int = 0
    future: Future[list[Result]] = field(default_factory=Future)

    def append(self, task: T) -> None:
        self.tasks.append(task)
        if task.path is not None:
            self.paths.append(task.path)
            self.size += task.size

    @property
    def is_full(self) -> bool:
        return len(self.tasks) >= _FILES_TOGETHER or self.size >= _BYTES_TOGETHER


class Pool:
    """Prepares files, here and in other processes; a context manager that ends these. For one thread."""

    def __init__(self, encoder: Encoder, settings: Settings, files: int, size: int) -> None:
        """``files`` and ``size``: how many there may be to read, and their bytes."""
        self._here = Preparer(encoder, settings)
        self._processes = _start(worth(files, size, _processors()), encoder, settings)
        self._idle = queue.SimpleQueue[subprocess.Popen[bytes]]()
        for process in self._processes:
            self._idle.put(process)
        self._threads = ThreadPoolExecutor(len(self._processes)) if self._processes else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
        if self._threads:
            self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            with contextlib.suppress(OSError):  # a pipe that cannot be flushed any more
                process.communicate()
        self._here.__exit__(kind, error, trace)

    def map(self, tasks: Iterable[T]) -> Iterator[tuple[T, Result | None]]:
        """Yield each task with its prepared file, or the error that it met, in order.

        As far as there are processes, later tasks are taken from the iterable before earlier ones are yielded.
        """
        if not self._threads:
            for task in tasks:
                yield task, None if task.path is None else self._here.attempt(task.path)
            return
        waiting = deque[_Group[T]]()
        for group in _grouped(tasks):
            group.future = self._threads.submit(self._ask, group.paths)
            waiting.append(group)
            while sum(g.size for g in waiting) > _BYTES_AHEAD or sum(len(g.tasks) for g in waiting) > _FILES_AHEAD:
                yield from self._finished(waiting)
        while waiting:
            yield from self._finished(waiting)

    def _finished(self, waiting: deque[_Group[T]]) -> Iterator[tuple[T, Result | None]]:
        """The first group; while it has to be waited for, others are prepared here."""
        first = waiting[0]
        for group in tuple(waiting):
            if first.future.done():
                break
            if group.future.cancel():  # no process has begun with it
                group.future = Future()
                group.future.set_result([self._here.attempt(path) for path in group.paths])
        waiting.popleft()
        results = iter(self._result(first))
        for task in first.tasks:
            yield task, None if task.path is None else next(results)

    def _result(self, group: _Group[T]) -> list[Result]:
        try:
            return group.future.result()
        except Exception as error:
            logger.warning("A process that reads files has ended too early (%r); they are read in this one.", error)
            return [self._here.attempt(path) for path in group.paths]

    def _ask(self, paths: list[Path]) -> list[Result]:
        """Let an idle process prepare these files. Runs in a thread for each process."""
        process = self._idle.get_nowait()
        assert process.stdin is not None and process.stdout is not None
        try:
            pickle.dump(paths, process.stdin)
            process.stdin.flush()
            results: list[Result] = pickle.load(process.stdout)
        finally:
            self._idle.put(process)
        return results


def _grouped(tasks: Iterable[T]) -> Iterator[_Group[T]]:
    group = _Group[T]()
    for task in tasks:
        group.append(task)
        if group.is_full:
            yield group
            group = _Group[T]()
    if group.tasks:
        yield group


def worth(files: int, size: int, processors: int) -> int:
    """Return how many processes are worth their start, beside this one; 0: it does all."""
    return max(0, min(processors - 1, _MOST, files // _FILES_EACH, size // _BYTES_EACH))


def _processors() -> int:
    with contextlib.suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(count: int, encoder: Encoder, settings: Settings) -> list[subprocess.Popen[bytes]]:
    """Start the processes; none where that is not possible, for then the work is done here."""
    if not count:
        return []
    try:
        setup = pickle.dumps((encoder, settings))
    except Exception as error:  # an encoder of somebody else's, with whatever in it
        logger.info("%s cannot be sent to other processes: %s", encoder.name, error)
        return []
    if len(setup) > _SETUP_BYTES or b"__main__" in setup:  # what the caller's script defines is not known elsewhere
        return []
    command = [sys.executable, "-P", "-c", _START]
    processes = []
    try:
        for _ in range(count):
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            processes.append(process)
            assert process.stdin is not None
            process.stdin.write(pickle.dumps(sys.path) + setup)
            process.stdin.flush()
    except OSError as error:
        logger.warning("Not all processes to read files in can be started: %s", error)
    return processes


# --- the other side ---------------------------------------------------------------------------------------------


def serve() -> None:
    """Prepare the files named on the standard input until it ends. The interrupt of a terminal is its parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # libraries that print must not print into the answers
    with Preparer(*pickle.load(requests)) as preparer, contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            results = [preparer.attempt(path) for path in pickle.load(requests)]
            pickle.dump(results, answers, pickle.HIGHEST_PROTOCOL)
            answers.flush()
