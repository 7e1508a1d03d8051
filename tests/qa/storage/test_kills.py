"""A kill at every named point of every change: the next opening, which only reads, finds all that was committed."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from filelock import FileLock

from embeddings import HashingEncoder
from qa import Library
from tests.helpers import write
from tests.qa.ingest import workers
from tests.qa.ingest.workers import Worker

POINTS = (
    "qa.storage.sqlite.change:SQLiteChange.put_document",
    "qa.storage.sqlite.change:SQLiteChange.put_source",
    "qa.storage.sqlite.change:SQLiteChange.drop_sources",
    "qa.storage.sqlite.change:SQLiteChange.drop_orphans",
    "qa.storage.sqlite.change:SQLiteChange.replace_passages",
    "qa.storage.sqlite.change:SQLiteChange.drop_vectors",
    "qa.storage.sqlite.change:SQLiteChange.set_indexed",
    "qa.storage.sqlite.change:SQLiteChange.index_again",
    "qa.storage.sqlite.change:SQLiteChange.put_vectors",
    "qa.storage.indexes:Indexes.index_words",
    "qa.storage.indexes:Indexes.finish",
    "qa.storage.indexes:Indexes._erase_removed_words",
    "embeddings:SparseIndex.__init__",
    "embeddings:SparseIndex.erase",
    "embeddings:SparseIndex.remove",
    "embeddings:SparseIndex.add",
    "embeddings:SparseIndex.commit",
    "embeddings:SparseIndex.release",
    "embeddings:DenseIndex.save",
    "os:replace",
    "qa.storage.sqlite.store:SQLiteStore.erase_traces",
    "qa.storage.sqlite.database:Database.empty_log",
)
MOST_CALLS = 4
"""Of one point in one change."""
NAMES = ("heron", "stork", "egret", "bittern")


def page(name: str, version: int) -> str:
    """A document of two passages, with too few letters to load the model that knows languages for it."""
    return f"# {name}\n\n{name} version{version}.\n\n## More\n\nremark{version} {name}.\n"


def write_version(docs: Path, version: int) -> Path:
    files = {f"{name}.md": page(name, version) for name in NAMES} | {f"only{version}.md": page("ibis", version)}
    return write(docs, files)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of the first version of some files, which are in their second version now."""
    base = tmp_path_factory.mktemp("kills")
    with Library.open(base / "library", encoder=HashingEncoder()) as library:
        library.add(write_version(base / "docs", 1))
    (base / "docs" / "only1.md").unlink()
    write_version(base / "docs", 2)
    return base


def assert_all_is_found(folder: Path, encoder: HashingEncoder) -> None:
    """Searching finds each passage of the store by its own words; nothing is written for it."""
    with Library.open(folder, create=False, encoder=encoder) as library:
        sources = library.sources()
        assert sources, "the library is empty"
        for source in sources:
            passages = library.passages(source.document_id)
            assert passages, source
            for passage in passages:
                found = library.search(passage.text, k=10, words_only=True)
                assert passage.id in [hit.passage.id for hit in found], (source.path, passage.text)


@contextmanager
def writing(folder: Path, by: str) -> Iterator[None]:
    """Inside, somebody has the right to write: a process in the midst of a change, or one that does nothing at all."""
    if by == "stuck":
        with FileLock(folder / "writer.lock"):
            yield
    elif by == "changing":
        worker = Worker(workers.hold, folder)
        worker.ready()
        yield
        worker.go_on()
        worker.end()
    else:
        yield


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("change", "by", "least"),
    [
        ("add", "nobody", 30),
        ("add", "changing", 30),
        ("sync", "nobody", 30),
        ("sync", "changing", 30),
        ("remove", "nobody", 20),
        ("reencode", "nobody", 20),
        ("reencode", "stuck", 20),
        ("rebuild", "nobody", 10),
        ("rebuild", "stuck", 10),
    ],
)
def test_after_a_kill_at_any_point_the_next_reader_finds_all(
    before: Path, tmp_path: Path, change: str, by: str, least: int
) -> None:
    """``least``: kills, 200 in all."""
    kills = 0
    for point in POINTS:
        for call in range(1, MOST_CALLS + 1):
            folder = shutil.copytree(before / "library", tmp_path / "library")
            end = Worker(workers.change_until_killed, folder, before / "docs", change, point, call).end()
            if end == -signal.SIGKILL:
                kills += 1
                with writing(folder, by):
                    assert_all_is_found(folder, HashingEncoder())
                with Library.open(folder, encoder=HashingEncoder()) as library:
                    library.check()
                    assert library.check(repair=False).problems == ()
            shutil.rmtree(folder)
            if end == 0:
                break
            assert end == -signal.SIGKILL, (point, call)
    assert kills >= least
