"""What other processes do in the tests: started by ``forkserver``, which imports and loads everything once."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable
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
        assert self._mine.poll(60), "the other process says nothing"
        return self._mine.recv()

    def go_on(self) -> None:
        """Lets a process go on that waits."""
        self._mine.send("go on")

    def end(self) -> int | None:
        """Wait for the end; gives the exit code, negative for a signal."""
        self.process.join(60)
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


def keep_changing(pipe: Connection, folder: Path, paths: Path, how: str) -> None:
    """Add or sync with every file a transaction and slow vectors; meant to be killed."""
    qa.ingest.batch._MOST_SECONDS = -1.0
    library = Library.open(folder, encoder=CountingEncoder(seconds=0.004))
    pipe.send("starting")
    if how == "sync":
        library.sync(paths, yes=True)
    else:
        library.add(paths)
    library.close()


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
