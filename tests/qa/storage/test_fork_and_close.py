"""An open library belongs to the process that opened it, until it is closed there."""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from embeddings import DenseIndex, HashingEncoder
from qa import Library
from qa.errors import LibraryError
from tests.helpers import tower_library

_LONG = 60
"""Seconds until a child that hangs is ended; waited for only when something is wrong."""
CALLS: dict[str, Callable[[Library], object]] = {
    "search": lambda library: library.search("iron tower"),
    "words": lambda library: library.search("iron tower", words_only=True),
    "ask": lambda library: library.ask("How tall is the iron tower?"),
    "add": lambda library: library.add(library.folder.parent / "documents"),
    "remove": lambda library: library.remove("tower.md"),
    "check": lambda library: library.check(),
    "document": lambda library: library.document(library.sources()[0].document_id),
}


def code_of_child(work: Callable[[], object]) -> int:
    """The exit code of a forked process that does ``work``; 1 after an exception, negative when it hung."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # pytest-timeout has set it
        signal.alarm(_LONG)
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def refuses(call: Callable[[Library], object], library: Library, match: str) -> None:
    with pytest.raises(LibraryError, match=match):
        call(library)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_forked_process_is_refused_at_once(tmp_path: Path, call: Callable[[Library], object]) -> None:
    """Also where another thread held every lock at the fork."""
    with tower_library(tmp_path) as library:
        library.ask("How tall is the iron tower?")
        locked, done = threading.Event(), threading.Event()

        def hold() -> None:
            with library._changes.lock.held(), library._indexes._lock, library._model._lock:
                locked.set()
                done.wait()

        thread = threading.Thread(target=hold)
        thread.start()
        locked.wait()
        try:
            assert code_of_child(lambda: refuses(call, library, "forked.*Open it in this process")) == 0
        finally:
            done.set()
            thread.join()
        assert "330 metres" in library.ask("How tall is the iron tower?").text


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_may_open_the_library_itself(tmp_path: Path) -> None:
    def asked() -> None:
        with Library.open(tmp_path / "library", encoder=HashingEncoder()) as again:
            assert "330 metres" in again.ask("How tall is the iron tower?").text
            again.remove("tower.md")

    with tower_library(tmp_path) as library:
        library.ask("How tall is the iron tower?")
        assert code_of_child(asked) == 0
        assert library.search("iron tower") == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_searches_vectors_with_its_own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMP's threads are not there after a fork."""
    import faiss

    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    index = DenseIndex(8)
    vectors = np.eye(8, dtype=np.float32).repeat(2000, axis=0)
    index.add(np.arange(len(vectors)), vectors)
    index.search(vectors[0], 3)
    try:
        assert code_of_child(lambda: index.search(vectors[0], 3)) == 0
    finally:
        faiss.omp_set_num_threads(before)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_closed_library_says_so(tmp_path: Path, call: Callable[[Library], object]) -> None:
    library = tower_library(tmp_path)
    library.search("tower")
    library.close()
    refuses(call, library, "is closed")
    library.close()
