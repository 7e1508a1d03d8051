"""What other processes do in the tests: started by ``forkserver``, which imports and loads everything once."""

from __future__ import annotations

import ctypes
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
from qa import Library
from tests.helpers import CountingEncoder

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


def hold(pipe: Connection, folder: Path) -> None:
    """Keep the right to write, as a long change does, until told to go on."""
    with Library.open(folder, encoder=CountingEncoder()) as library, library._changes.change():
        pipe.send("writing")
        pipe.recv()


def change_until_killed(pipe: Connection, folder: Path, paths: Path, how: str, point: str, call: int) -> None:
    """Change the library until ``kill_at`` ends it."""
    kill_at(point, call)
    _change(folder, paths, how)


def change_until_told(pipe: Connection, folder: Path, paths: Path, how: str, point: str) -> None:
    """Change the library, and stop at the first call of a function until told to go on."""
    at(point, 1, lambda: (pipe.send("writing"), pipe.recv()))
    _change(folder, paths, how)


def _change(folder: Path, paths: Path, how: str) -> None:
    """With every file a transaction."""
    qa.ingest.batch._MOST_SECONDS = -1.0
    with Library.open(folder, encoder=CountingEncoder(64 if how == "reencode" else 256)) as library:
        changes: dict[str, Callable[[], object]] = {
            "add": lambda: library.add(paths),
            "sync": lambda: library.sync(paths, yes=True),
            "remove": lambda: library.remove([library.sources()[0].id, library.sources()[1].id]),
            "reencode": library.reencode,
            "rebuild": library._indexes.rebuild,
        }
        changes[how]()


def kill_at(point: str, call: int) -> None:
    """Let this process be killed when a function is called, as ``at``."""
    at(point, call, lambda: os.kill(os.getpid(), signal.SIGKILL))


def at(point: str, call: int, do: Callable[[], object]) -> None:
    """Do something first when the function ``module:name`` is called for the ``call``-th time."""
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


def without_roots_rights() -> None:
    """From here on, this process may do only what the modes of files allow, also if it is root's."""
    if os.geteuid() == 0:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the version of the call; this process
        rights = (ctypes.c_uint32 * 6)()
        libc = ctypes.CDLL(None)
        assert libc.capget(header, rights) == 0
        for field in range(3):  # effective, permitted, inheritable: without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
            rights[field] &= ~0b110
        assert libc.capset(header, rights) == 0


def use_without_writing(pipe: Connection, folder: Path, paths: Path) -> None:
    """Ask a library that cannot be written, and try to add to it."""
    without_roots_rights()
    with Library.open(folder, encoder=CountingEncoder()) as library:
        pipe.send([Path(hit.source.path).name for hit in library.search("heron remark0")])
        pipe.send(library.ask("What is said of the heron in version0?", threshold=0.0).text)
        try:
            library.add(paths)
        except Exception as caught:
            pipe.send(f"{type(caught).__name__}: {caught}")


def open_without_writing(pipe: Connection, folder: Path) -> None:
    """Try to open a library that cannot be written."""
    without_roots_rights()
    try:
        Library.open(folder, encoder=CountingEncoder())
    except Exception as caught:
        pipe.send(f"{type(caught).__name__}: {caught}")


def search_twice_without_writing(pipe: Connection, folder: Path, question: str) -> None:
    """Search a library that cannot be written, and again when told to."""
    without_roots_rights()
    with Library.open(folder, encoder=CountingEncoder()) as library:
        for _ in range(2):
            pipe.send([Path(hit.source.path).name for hit in library.search(question, words_only=True)])
            pipe.recv()


def search_cut_files(pipe: Connection, folder: Path) -> None:
    """Search, let the files of the keyword index be cut, and search again."""
    with Library.open(folder, encoder=CountingEncoder()) as library:
        pipe.send(len(library.search("heron", words_only=True)))
        pipe.recv()
        try:
            pipe.send(str(library.search("heron remark0", words_only=True)))
        except Exception as caught:
            pipe.send(f"{type(caught).__name__}: {caught}")


def on_a_full_disk(pipe: Connection, folder: Path, bytes_a_file: int, change: Callable[[Library], str]) -> None:
    """Change the library while no file may grow beyond a size, which the system refuses as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Library.open(folder, encoder=CountingEncoder()) as library:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_a_file, limits[1]))
        try:
            said = change(library)
        except Exception as caught:
            said = f"{type(caught).__name__}: {caught}"
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    pipe.send(said)


def add_on_a_full_disk(pipe: Connection, folder: Path, paths: Path, bytes_a_file: int) -> None:
    """See ``on_a_full_disk``."""
    on_a_full_disk(pipe, folder, bytes_a_file, lambda library: "no error" if library.add(paths) else "")


def remove_on_a_full_disk(pipe: Connection, folder: Path, name: str, bytes_a_file: int) -> None:
    """See ``on_a_full_disk``."""
    on_a_full_disk(pipe, folder, bytes_a_file, lambda library: f"{library.remove([name]).count('removed')} removed")
