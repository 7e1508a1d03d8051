"""What is in the library is found, whatever happened to the process that wrote to it."""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from tests.helpers import titles, write
from tests.qa.ingest import workers
from tests.qa.ingest.workers import Worker

NAMES = ["walrus", "heron", "stork"]
KILLS = [
    ("reencode", "embeddings:SparseIndex.add"),
    ("reencode", "embeddings:SparseIndex.commit"),
    ("reencode", "qa.storage.sqlite.change:SQLiteChange.set_indexed"),
    ("check", "embeddings:SparseIndex.erase"),
    ("check", "embeddings:SparseIndex.add"),
    ("check", "embeddings:SparseIndex.commit"),
    ("add", "embeddings:SparseIndex.commit"),
]
"""A change, and the function at whose first call its process is killed, or waits."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed library of three documents, one of whose indexes is damaged."""
    docs = write(tmp_path / "docs", {f"{name}.md": f"# About\n\nThe {name} lives at the sea.\n" for name in NAMES})
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add(docs)
    (tmp_path / "library" / "dense" / "index.faiss").write_bytes(b"damaged")
    write(tmp_path / "docs", {"heron.md": "# About\n\nThe heron lives at the lake.\n"})
    return tmp_path / "library"


def assert_words_found(library: Library) -> None:
    for name in NAMES:
        assert titles(library.search(name, words_only=True)) == [f"{name}.md"]


def opened(folder: Path, how: str) -> Library:
    return Library.open(folder, encoder=HashingEncoder(64 if how == "reencode" else 256), create=False)


@pytest.mark.parametrize(("how", "point"), KILLS)
def test_after_a_kill_everything_is_found_by_its_words(folder: Path, how: str, point: str) -> None:
    with opened(folder, how) as before:
        assert_words_found(before)
        assert Worker(workers.change_until_killed, folder, folder.parent / "docs", how, point, 1).end() == (
            -signal.SIGKILL
        )
        assert_words_found(before)
    with opened(folder, how) as library:
        assert_words_found(library)
        assert not any("keyword" in problem for problem in library.check(repair=False).problems)


@pytest.mark.parametrize(("how", "point"), [each for each in KILLS if each[0] != "add"])
def test_while_another_process_lists_again_everything_is_found(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str, point: str
) -> None:
    """In a private copy, which is deleted as soon as the library's own index is whole again."""
    (tmp_path / "private").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "private"))
    with opened(folder, how) as before:
        assert_words_found(before)
        worker = Worker(workers.change_and_wait, folder, folder.parent / "docs", how, point, 1)
        assert worker.ready() == "writing"
        assert_words_found(before)
        with opened(folder, how) as library:
            assert_words_found(library)
        worker.go_on()
        assert worker.end() == 0
        assert_words_found(before)
        assert list(tmp_path.glob("private/*")) == []
