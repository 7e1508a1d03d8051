"""What other processes do in the tests: started by ``forkserver``, which imports and loads everything once."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import faiss  # noqa: F401  (imported here so that the children need not)
import tantivy  # noqa: F401

import qa.ingest.batch
import qa.loaders.language
from qa import Library
from tests.helpers import CountingEncoder

qa.loaders.language.likeliest("The model that knows languages is loaded here, so that no kill falls into its loading.")
_LONG = 250
"""Seconds that are only waited for when something is wrong."""
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.qa.ingest.workers"])


class Worker:
    """Another process; ``ready`` waits until it says how far it is."""

    def __init__(self, work: Callable[..., None], *arguments: Any) -> None:
        self._mine, theirs = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=work, args=(theirs, *arguments), daemon=True)
        self.process.start()
        theirs.close()

    def ready(self) -> Any:
        """What the process sends next."""
        assert self._mine.poll(_LONG), "the other process says nothing"
        return self._mine.recv()

    def go_on(self) -> None:
        """Lets a process go on that waits."""
        self._mine.send("go on")

    def end(self) -> int | None:
        """Wait for the end; gives the exit code, negative for a signal."""
        self.process.join(_LONG)
        code = self.process.exitcode
        self._mine.close()
        return code

    def kill(self) -> None:
        """SIGKILL, then wait."""
        self.process.kill()
        self.end()


def add(pipe: Connection, folder: Path, paths: Path) -> None:
    """Add, and be done."""
    with Library.open(folder, encoder=CountingEncoder()) as library:
        pipe.send(library.add(paths).count("added"))


def remove(pipe: Connection, folder: Path, name: str) -> None:
    """Remove, and be done."""
    with Library.open(folder, encoder=CountingEncoder()) as library:
        pipe.send(library.remove(name).count("removed"))


def add_and_wait(pipe: Connection, folder: Path, paths: Path) -> None:
    """Stop in the middle of adding, the right to write in hand, until told to go on."""

    def wait(progress: object) -> None:
        pipe.send("writing")
        pipe.recv()

    with Library.open(folder, encoder=CountingEncoder()) as library:
        library.add(paths, on_progress=wait)


def change_until_killed(pipe: Connection, folder: Path, paths: Path, how: str, point: str, call: int) -> None:
    """Change the library (see ``_change``) until the process is killed at a call (see ``at``)."""
    at(point, call, lambda: os.kill(os.getpid(), signal.SIGKILL))
    _change(folder, paths, how)


def change_and_wait(pipe: Connection, folder: Path, paths: Path, how: str, point: str, call: int) -> None:
    """Change the library (see ``_change``), and stop at a call (see ``at``) until told to go on."""

    def wait() -> None:
        pipe.send("writing")
        pipe.recv()

    at(point, call, wait)
    _change(folder, paths, how)


def _change(folder: Path, paths: Path, how: str) -> None:
    """Add or sync, with every file a transaction; or make vectors or indexes again."""
    qa.ingest.batch._MOST_SECONDS = -1.0
    with Library.open(folder, encoder=CountingEncoder(64 if how == "reencode" else 256)) as library:
        if how == "sync":
            library.sync(paths, yes=True)
        elif how == "reencode":
            library.reencode()
        elif how == "check":
            library.check()
        else:
            library.add(paths)


def at(point: str, call: int, do: Callable[[], object]) -> None:
    """Do something in this process when the function ``module:name`` is called for the ``call``-th time."""
    module, _, name = point.partition(":")
    *owners, attribute = name.split(".")
    owner: Any = import_module(module)
    for each in owners:
        owner = getattr(owner, each)
    original, calls = getattr(owner, attribute), count(1)

    @wraps(original)
    def reached(*arguments: Any, **named: Any) -> Any:
        if next(calls) == call:
            do()
        return original(*arguments, **named)

    setattr(owner, attribute, reached)


def add_on_a_full_disk(pipe: Connection, folder: Path, paths: Path, bytes_a_file: int) -> None:
    """Add while no file may grow beyond a size, which the system refuses as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Library.open(folder, encoder=CountingEncoder()) as library:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, limits[1]))
        try:
            library.add(paths)
            error = "no error"
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    pipe.send(error)
