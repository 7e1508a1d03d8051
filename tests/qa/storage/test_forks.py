"""A library after ``close``, and in a process that was forked: a clear error at once."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import LibraryError, VerbatimError
from tests.helpers import TOWER, tower_library, write

SECONDS = 100
"""Only waited for when something is wrong."""
USES = ("search", "ask", "add", "remove", "sources", "check", "reencode")


def use(library: Library, how: str, docs: Path) -> None:
    """Do one thing with a library."""
    {
        "search": lambda: library.search("tower"),
        "ask": lambda: library.ask("How tall is the tower?"),
        "add": lambda: library.add(docs),
        "remove": lambda: library.remove(["tower.md"]),
        "sources": library.sources,
        "check": library.check,
        "reencode": library.reencode,
    }[how]()


def report(pipe: Connection, library: Library | None, folder: Path, how: str, docs: Path) -> None:
    """In the child: say what came of it."""
    try:
        use(library or Library.open(folder, encoder=HashingEncoder()), how, docs)
        pipe.send("done")
    except VerbatimError as error:
        pipe.send(f"{type(error).__name__}: {error}")


def hold_every_lock(library: Library, held: threading.Event, done: threading.Event) -> None:
    """As another thread may do at the moment of a fork: in the child, nobody gives the locks back."""
    with library._changes.lock._thread, library._indexes._lock, library._model._lock:
        held.set()
        done.wait()


@pytest.mark.parametrize("how", USES)
def test_a_closed_library_says_so(tmp_path: Path, how: str) -> None:
    library = tower_library(tmp_path)
    library.close()
    with pytest.raises(LibraryError, match="was closed"):
        use(library, how, write(tmp_path / "more", {"more.md": TOWER}))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="forks")
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("how", ["search", "ask", "add", "check"])
def test_a_forked_process_says_at_once_why_it_does_not_answer(tmp_path: Path, how: str, again: bool) -> None:
    """``again``: the child opens the library itself, after its parent has searched."""
    docs = write(tmp_path / "more", {"more.md": TOWER.replace("iron", "stone")})
    with tower_library(tmp_path) as library:
        library.search("tower")
        held, done = threading.Event(), threading.Event()
        thread = threading.Thread(target=hold_every_lock, args=(library, held, done))
        thread.start()
        held.wait()
        context = multiprocessing.get_context("fork")
        mine, theirs = context.Pipe()
        arguments = (theirs, None if again else library, library.folder, how, docs)
        child = context.Process(target=report, args=arguments, daemon=True)
        child.start()
        said = mine.recv() if mine.poll(SECONDS) else "nothing"
        child.kill()
        child.join()
        done.set()
        thread.join()
    assert said.startswith("LibraryError: ") and "forked" in said
