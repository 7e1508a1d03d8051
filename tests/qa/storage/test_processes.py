"""Several processes on one library: one writes, the others find what it changed, and a kill loses nothing."""

from __future__ import annotations

import random
import re
import time
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import LibraryBusy
from tests.helpers import titles, write
from tests.qa.ingest import workers
from tests.qa.ingest.workers import Worker


def page(name: str, version: int = 0) -> str:
    """A document of two passages."""
    return (
        f"# {name}\n\n## First\n\nThis part speaks of {name} in version{version}, which is a good one.\n\n"
        f"## Second\n\nAnother part of {name} adds remark{version} to what was said 😀 before.\n"
    )


def test_another_processes_change_is_found_by_the_next_search(library: Library, tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"one.md": page("walrus")})
    assert library.search("walrus") == []
    worker = Worker(workers.add, library.folder, docs)
    assert worker.ready() == 1
    hit = library.search("walrus remark0")[0]
    assert titles([hit]) == ["one.md"] and hit.detail.dense_rank and hit.detail.sparse_rank
    assert worker.end() == 0
    worker = Worker(workers.remove, library.folder, "one.md")
    assert worker.ready() == 1
    assert library.search("walrus") == [] and library.sources() == []
    assert worker.end() == 0


def test_one_writes_and_the_others_search_meanwhile(library: Library, tmp_path: Path) -> None:
    library.add(write(tmp_path / "old", {"old.md": page("heron")}))
    worker = Worker(workers.add_and_wait, library.folder, write(tmp_path / "new", {"new.md": page("stork")}))
    assert worker.ready() == "writing"
    with pytest.raises(LibraryBusy, match="another process is writing"):
        library.add(tmp_path / "old")
    with pytest.raises(LibraryBusy):
        library.remove("old.md")
    assert titles(library.search("heron"))[0] == "old.md"
    with Library.open(library.folder, encoder=HashingEncoder()) as another:
        assert titles(another.search("heron"))[0] == "old.md"
    worker.kill()  # the right to write goes with the process
    assert library.add(tmp_path / "new").count("added") == 1
    assert library.check().problems == ()


# --- a full disk ------------------------------------------------------------------------------------------------------


def rare_words(name: str) -> str:
    return f"# {name}\n\n" + " ".join(f"{name}word{n * 7919}." for n in range(900)) + "\n"


@pytest.mark.parametrize("bytes_a_file", [10_000, 60_000, 150_000, 250_000])
def test_on_a_full_disk_nothing_is_half_added(library: Library, tmp_path: Path, bytes_a_file: int) -> None:
    library.add(write(tmp_path / "old", {"old.md": page("heron")}))
    docs = write(tmp_path / "new", {f"new{n}.md": rare_words(f"n{n}") for n in range(8)})
    worker = Worker(workers.add_on_a_full_disk, library.folder, docs, bytes_a_file)
    assert re.match(r"LibraryNotWritable: .*cannot be written", worker.ready())
    assert worker.end() == 0
    assert titles(library.search("heron"))[0] == "old.md"
    assert library.stats().sources in (1, 9)
    library.check()
    assert library.add(docs).count("failed") == 0
    assert library.stats().sources == 9 and library.stats().waiting == 0
    assert library.check(repair=False).problems == ()


# --- kills ------------------------------------------------------------------------------------------------------------

DOCUMENTS, ROUNDS = 2, 20


def write_version(docs: Path, version: int) -> None:
    """Every document in a new version; one comes, one goes, one moves, two of one content."""
    for path in docs.iterdir():
        path.unlink()
    write(docs, {f"d{n}.md": page(f"subject{n}", version) for n in range(DOCUMENTS)})
    write(docs, {f"new{version}.md": page("novelty", version), f"place{version}.md": page("nomad")})
    write(docs, {f"twin{name}.md": page("twins", version) for name in "ab"})


def assert_sound(library: Library, docs: Path, version: int) -> None:
    """Every document is wholly there in its old or its new version, and both indexes agree with it."""
    for hit in library.search("subject1 twins nomad"):
        assert hit.document.text[hit.passage.start : hit.passage.end] == hit.passage.text
    library.check()
    assert library.check(repair=False).problems == ()
    for source in library.sources():
        text = library.document(source.document_id).text
        assert any(text == plain(source.title, v) for v in (version, version - 1, 0)), (source, text)
        passages = library.passages(source.document_id)
        assert [text[p.start : p.end] for p in passages] == [p.text for p in passages]
        assert "".join("".join(p.text for p in passages).split()) == "".join(text.split())
    stats = library.stats()
    assert stats.passages == 2 * stats.documents
    assert stats.documents == len({source.document_id for source in library.sources()})


def plain(name: str, version: int) -> str:
    """``page`` as it is read: without the marks of Markdown."""
    return page(name, version).replace("## ", "").replace("# ", "").strip()


@pytest.mark.parametrize("how", ["add", "sync"])
def test_a_kill_at_any_moment_leaves_the_old_or_the_new_state(tmp_path: Path, how: str) -> None:
    docs, folder = tmp_path / "docs", tmp_path / "library"
    docs.mkdir()
    write_version(docs, 0)
    worker = Worker(workers.keep_changing, folder, docs, how)
    worker.ready()
    started = time.monotonic()
    assert worker.end() == 0
    whole = time.monotonic() - started
    moments = random.Random(how)
    killed = 0
    for version in range(1, ROUNDS // 2 + 1):
        write_version(docs, version)
        worker = Worker(workers.keep_changing, folder, docs, how)
        if moments.random() < 0.8:  # else it is killed while it opens the library
            worker.ready()
        time.sleep(moments.random() * whole)
        killed += worker.process.is_alive()
        worker.kill()
        with Library.open(folder, encoder=HashingEncoder()) as library:
            assert_sound(library, docs, version)
            library.sync(docs, yes=True)
            assert library.check(repair=False).problems == ()
            assert {Path(source.path) for source in library.sources()} == set(docs.iterdir())
            assert all(
                library.document(s.document_id).text == plain(s.title, version)
                for s in library.sources()
                if s.title != "nomad"
            )
            assert library.stats().waiting == 0
            hit = library.search(f"subject1 remark{version}", k=1)[0]
            assert titles([hit]) == ["d1.md"] and hit.detail.dense_rank and hit.detail.sparse_rank
    assert killed >= ROUNDS // 4, "the kills came too late to tell anything"


def test_a_kill_while_a_library_is_made_leaves_none_or_a_whole_one(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {"one.md": page("walrus")})
    moments = random.Random(7)
    for n in range(6):
        folder = tmp_path / f"library{n}"
        worker = Worker(workers.add, folder, docs)
        deadline = time.monotonic() + 30
        while not folder.exists() and time.monotonic() < deadline:
            time.sleep(0.0005)
        time.sleep(moments.random() * 0.02)
        worker.kill()
        with Library.open(folder, encoder=HashingEncoder()) as library:
            library.check()
            assert library.check(repair=False).problems == ()
            library.add(docs)
            assert titles(library.search("walrus", k=1)) == ["one.md"]
