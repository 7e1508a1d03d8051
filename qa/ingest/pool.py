"""Files prepared ahead: in processes of their own where there is much to read, so that the next files are read and
split while those before are stored.

Each process gets paths on its standard input and answers on its standard output, both pickled: it is this program and
reads what this process would read itself, hostile formats in a guarded process of their own (``qa.loaders.sandbox``).
``multiprocessing`` would run the main script of whoever uses this library once more in each process.
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
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple, Self, TypeVar

from embeddings import Encoder
from qa.ingest.prepare import Prepared, Preparer
from qa.settings import Settings

logger = logging.getLogger(__name__)
_T = TypeVar("_T")

_MOST = 4
"""Processes at most: about what one writer keeps up with."""
_FILES_EACH = 8
_BYTES_EACH = 2_000_000
"""A process pays for its start (half a second) from this much work on."""
_FILES_AHEAD = 2_000
_BYTES_AHEAD = 32_000_000
"""So much is read before it can be stored: several times what is prepared while a batch is committed."""
_FILES_SENT = 64
_BYTES_SENT = 300_000
"""A process has this much before it, so that it need not wait for the next file: a tenth of a second of Markdown."""
_SETUP_BYTES = 1_000_000
"""An encoder that packs to more than this is not sent."""
_START = "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); from qa.ingest.pool import serve; serve()"


class _Lost(Exception):
    """The process has ended before its answer."""


class _Task(NamedTuple):
    path: Path
    size: int
    """Bytes."""
    result: Future[Prepared]


_Tasks = queue.SimpleQueue[_Task | None]
"""Whoever takes None from it takes no further task."""


class Workers:
    """Prepares files, here and in other processes; a context manager that ends these. For one thread."""

    def __init__(self, encoder: Encoder, settings: Settings, files: int, size: int) -> None:
        """``files`` and ``size``: how many there may be to read, and their bytes."""
        self._here = Preparer(encoder, settings)
        self._tasks = _Tasks()
        """Those that nobody has taken."""
        self._ahead = 0
        """Bytes of the files begun and not asked for."""
        self._processes = _start(worth(files, size, _processors()), encoder, settings, self._tasks)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._tasks.get_nowait()
        for _ in self._processes:
            self._tasks.put(None)
        for process in self._processes:
            process.close()
        self._here.__exit__(kind, error, trace)

    def begin(self, path: Path, size: int) -> Callable[[], Prepared]:
        """Begin with a file of ``size`` bytes. What is given back waits for its result, and raises as
        ``Preparer.prepare``; call it once."""
        task = _Task(path, size, Future())
        self._tasks.put(task)
        self._ahead += size

        def result() -> Prepared:
            self._ahead -= size
            return self._finish(task)

        return result

    def in_order(self, results: Iterable[Callable[[], _T]]) -> Iterator[_T]:
        """What ``results`` give, in order. As far as there are processes, later ones are taken from the iterator, which
        may ``begin`` with a file for each, before the first is waited for."""
        waiting = deque[Callable[[], _T]]()
        for result in results:
            waiting.append(result)
            while waiting and (not self._helped or len(waiting) > _FILES_AHEAD or self._ahead > _BYTES_AHEAD):
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()

    @property
    def _helped(self) -> bool:
        return any(not process.lost for process in self._processes)

    def _finish(self, task: _Task) -> Prepared:
        """The task's result; while it has to be waited for, others are done here."""
        while not task.result.done():
            try:
                other = self._tasks.get_nowait()
            except queue.Empty:
                break
            assert other is not None
            try:
                other.result.set_result(self._here.prepare(other.path))
            except Exception as error:  # raised where its result is asked for
                other.result.set_exception(error)
        try:
            return task.result.result()
        except _Lost:
            logger.warning("A process that reads files has ended too early; %s is read in this one.", task.path)
            return self._here.prepare(task.path)


def worth(files: int, size: int, processors: int) -> int:
    """How many processes are worth their start, beside this one; 0: it does all."""
    return max(0, min(processors - 1, _MOST, files // _FILES_EACH, size // _BYTES_EACH))


def _processors() -> int:
    with contextlib.suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start(count: int, encoder: Encoder, settings: Settings, tasks: _Tasks) -> list[_Process]:
    """The processes; none where they cannot be had, for then the work is done here."""
    if not count:
        return []
    try:
        setup = pickle.dumps((encoder, settings))
    except Exception as error:  # an encoder of somebody else's, with whatever in it
        logger.info("%s cannot be sent to other processes: %s", encoder.name, error)
        return []
    if len(setup) > _SETUP_BYTES or b"__main__" in setup:  # what the caller's script defines is not known elsewhere
        return []
    try:
        return [_Process(pickle.dumps(sys.path) + setup, tasks) for _ in range(count)]
    except OSError as error:
        logger.warning("No processes to read files in: %s", error)
        return []


class _Process:
    """One process, and a thread that gives it tasks and takes its answers."""

    def __init__(self, setup: bytes, tasks: _Tasks) -> None:
        self._tasks = tasks
        self._sent: deque[_Task] = deque()
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-c", _START], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.lost = False
        self._thread = threading.Thread(target=self._serve, args=(setup,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for its end, when each has been given a None; what it has begun is lost."""
        if self._sent:
            self._child.kill()
        self._thread.join()

    def _serve(self, setup: bytes) -> None:
        assert self._child.stdin is not None and self._child.stdout is not None
        with contextlib.suppress(Exception), self._child:  # its end, half an answer, a pipe that cannot be flushed
            self._child.stdin.write(setup)
            while self._send(self._child.stdin):
                answer = pickle.load(self._child.stdout)
                task = self._sent.popleft()
                if isinstance(answer, Exception):
                    task.result.set_exception(answer)
                else:
                    task.result.set_result(answer)
        self.lost = True
        for task in self._sent:
            task.result.set_exception(_Lost())

    def _send(self, requests: IO[bytes]) -> bool:
        """Keep it busy; False at the end of all tasks."""
        while not self._sent or (len(self._sent) < _FILES_SENT and sum(task.size for task in self._sent) < _BYTES_SENT):
            try:
                task = self._tasks.get(block=not self._sent)
            except queue.Empty:
                break
            if task is None:
                return False
            self._sent.append(task)
            requests.write(pickle.dumps(str(task.path)))
            requests.flush()
        return True


# --- the other side ---------------------------------------------------------------------------------------------


def serve() -> None:
    """Prepare the files named on the standard input until it ends. The interrupt of a terminal is its parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # libraries that print must not print into the answers
    ready = queue.SimpleQueue[bytes | None]()  # never full: who cannot answer must go on to take requests
    writer = threading.Thread(target=_answer, args=(ready, answers), daemon=True)
    writer.start()
    with Preparer(*pickle.load(requests)) as preparer, contextlib.suppress(EOFError):
        while True:
            ready.put(pickle.dumps(_attempt(preparer, Path(pickle.load(requests))), pickle.HIGHEST_PROTOCOL))
    ready.put(None)
    writer.join()
    os._exit(0)  # what an interpreter tidies up at its end takes a tenth of a second


def _attempt(preparer: Preparer, path: Path) -> Prepared | Exception:
    try:
        return preparer.prepare(path)
    except Exception as error:  # raised again where the file was asked for
        return error


def _answer(ready: queue.SimpleQueue[bytes | None], answers: IO[bytes]) -> None:
    try:
        while (answer := ready.get()) is not None:
            answers.write(answer)
            answers.flush()
    except OSError:  # nobody takes them any more
        os._exit(1)
