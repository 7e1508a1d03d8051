"""Several processes on one library: one writes, the others find what it changed, and a kill loses nothing."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from filelock import FileLock

from embeddings import HashingEncoder, SparseIndex
from qa import Library
from qa.errors import LibraryBusy
from tests.helpers import titles, write
from tests.qa.ingest import workers
from tests.qa.ingest.workers import Worker


def page(name: str, version: int = 0) -> str:
    """A document of two passages, with too few letters to load the model that knows languages for it."""
    return f"# {name}\n\n## First\n\n{name} version{version}.\n\n## Second\n\nremark{version} 😀 {name}.\n"


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


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes root's rights away in Linux's way")
@pytest.mark.parametrize("killed", [False, True])
def test_a_library_in_a_read_only_folder_is_searched(library: Library, tmp_path: Path, killed: bool) -> None:
    """``killed``: the keyword index does not have all passages yet."""
    docs = write(tmp_path / "old", {"old.md": page("heron"), "other.md": page("stork")})
    library.add(docs)
    library.close()
    if killed:
        shutil.rmtree(library.folder / "sparse")
    set_modes(library.folder, 0o500, 0o400)
    worker = Worker(workers.use_without_writing, library.folder, docs)
    assert worker.ready()[0] == "old.md"
    assert "heron version0" in worker.ready()
    assert re.match(r"LibraryNotWritable: ", worker.ready())
    worker.end()
    set_modes(library.folder, 0o700, 0o600)
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        assert again.check().problems == (("The keyword index is missing.",) if killed else ())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes root's rights away in Linux's way")
def test_whoever_may_only_read_sees_what_another_one_has_written(library: Library, tmp_path: Path) -> None:
    library.add(write(tmp_path / "old", {"old.md": page("heron")}))
    library.close()
    set_modes(library.folder, 0o500, 0o400)
    worker = Worker(workers.search_twice_without_writing, library.folder, "heron walrus")
    assert set(worker.ready()) == {"old.md"}
    set_modes(library.folder, 0o700, 0o600)
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        again.add(write(tmp_path / "new", {"new.md": page("walrus")}))
    set_modes(library.folder, 0o500, 0o400)
    worker.go_on()
    assert set(worker.ready()) == {"old.md", "new.md"}
    worker.go_on()
    assert worker.end() == 0
    set_modes(library.folder, 0o700, 0o600)


def set_modes(folder: Path, of_folders: int, of_files: int) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(of_folders if path.is_dir() else of_files)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="takes root's rights away in Linux's way")
@pytest.mark.parametrize("state", ["earlier format", "log"])
def test_a_read_only_library_that_must_be_written_first_says_so(tmp_path: Path, state: str) -> None:
    folder = tmp_path / "library"
    shutil.unpack_archive(Path(__file__).parent / "libraries" / "format3.zip", folder)
    if state == "log":
        (folder / "library.db-wal").write_bytes(b"left by a kill")
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o500 if path.is_dir() else 0o400)
    worker = Worker(workers.open_without_writing, folder)
    said = worker.ready()
    worker.end()
    folder.chmod(0o700)
    assert said.startswith("LibraryNotWritable: ") and state in said and "Open it once where it can be written" in said


def test_index_files_that_are_cut_while_open_are_said_and_end_no_process(library: Library, tmp_path: Path) -> None:
    library.add(write(tmp_path / "docs", {"old.md": page("heron")}))
    worker = Worker(workers.search_cut_files, library.folder)
    assert worker.ready() > 0
    for file in (library.folder / "sparse").glob("*.*"):
        if file.suffix in (".idx", ".term", ".fast", ".fieldnorm"):
            os.truncate(file, 0)
    worker.go_on()
    assert re.match(r"LibraryDamaged: .*changed by another program while it was open.*qa check", worker.ready())
    assert worker.end() == 0
    assert library.check().repaired
    assert titles(library.search("heron", k=1, words_only=True)) == ["old.md"]


# --- a keyword index behind the database ------------------------------------------------------------------------------

NAMES = ("walrus", "heron", "stork")
LISTING = [
    ("reencode", "embeddings:SparseIndex.add"),
    ("reencode", "embeddings:SparseIndex.commit"),
    ("reencode", "qa.storage.sqlite.change:SQLiteChange.set_indexed"),
    ("rebuild", "embeddings:SparseIndex.erase"),
    ("rebuild", "embeddings:SparseIndex.add"),
    ("rebuild", "embeddings:SparseIndex.commit"),
]
"""Changes that take passages out of the keyword index to list them again, and functions on their way."""


def assert_words_found(library: Library) -> None:
    for name in NAMES:
        assert titles(library.search(name, words_only=True))[:1] == [f"{name}.md"]


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize(("how", "point"), LISTING)
def test_everything_is_found_while_and_after_another_process_lists_it_again(
    library: Library, tmp_path: Path, how: str, point: str, killed: bool
) -> None:
    """By a library that was open before, and by one that is opened meanwhile."""
    docs = write(tmp_path / "docs", {f"{name}.md": page(name) for name in NAMES})
    library.add(docs)
    assert_words_found(library)
    worker = Worker(workers.change_until_told, library.folder, docs, how, point)
    assert worker.ready() == "writing"
    assert_words_found(library)
    with Library.open(library.folder, create=False) as another:
        assert_words_found(another)
    if killed:
        worker.kill()
    else:
        worker.go_on()
        assert worker.end() == 0
    assert_words_found(library)
    with Library.open(library.folder, create=False) as another:
        assert_words_found(another)


def test_what_a_killed_process_has_saved_is_found_by_who_searched_meanwhile(library: Library, tmp_path: Path) -> None:
    """Its death raises no generation number that would tell of it."""
    library.add(write(tmp_path / "old", {"old.md": page("heron")}))
    docs = write(tmp_path / "new", {"new.md": page("walrus")})
    worker = Worker(workers.change_until_told, library.folder, docs, "add", "embeddings:SparseIndex.commit")
    assert worker.ready() == "writing"
    assert titles(library.search("heron", words_only=True))[:1] == ["old.md"]
    worker.kill()
    assert titles(library.search("walrus", words_only=True))[:1] == ["new.md"]


def test_what_was_saved_while_the_index_was_locked_is_no_failure_and_is_found(
    library: Library, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library.add(write(tmp_path / "old", {"old.md": page("heron")}))
    library.close()
    docs = write(tmp_path / "new", {"new.md": page("walrus")})
    foreign = SparseIndex(library.folder / "sparse")
    foreign.remove([])  # takes the engine's lock, not the library's
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        assert again.add(docs).count("added") == 1
        assert "The change is saved; to be finished by the next one" in caplog.text
        assert titles(again.search("heron", k=1, words_only=True)) == ["old.md"]
        assert titles(again.search("walrus", k=1, words_only=True)) == ["new.md"]
        foreign.release()
        again.add(docs)
        assert titles(again.search("walrus", k=1, words_only=True)) == ["new.md"]
        assert again.check().problems == ()


# --- a full disk ------------------------------------------------------------------------------------------------------


def rare_words(name: str) -> str:
    return f"# {name}\n\n" + " ".join(f"{name}word{n * 7919}." for n in range(900)) + "\n"


@pytest.mark.parametrize("bytes_a_file", [10_000, 60_000, 150_000, 250_000])
def test_on_a_full_disk_nothing_is_half_added(library: Library, tmp_path: Path, bytes_a_file: int) -> None:
    library.add(write(tmp_path / "old", {"old.md": page("heron")}))
    docs = write(tmp_path / "new", {f"new{n}.md": rare_words(f"n{n}") for n in range(8)})
    worker = Worker(workers.add_on_a_full_disk, library.folder, docs, bytes_a_file)
    said = worker.ready()
    assert said == "no error" or re.match(r"LibraryNotWritable: .*cannot be written", said)
    assert worker.end() == 0
    assert titles(library.search("heron"))[0] == "old.md"
    assert library.stats().sources == 9 if said == "no error" else library.stats().sources in (1, 9)
    library.check()
    assert library.add(docs).count("failed") == 0
    assert library.stats().sources == 9 and library.stats().waiting == 0
    assert library.check(repair=False).problems == ()


def test_on_a_full_disk_a_saved_removal_is_not_called_a_failure(library: Library, tmp_path: Path) -> None:
    library.add(write(tmp_path / "docs", {f"n{n}.md": rare_words(f"n{n}") for n in range(8)}))
    worker = Worker(workers.remove_on_a_full_disk, library.folder, "n1.md", 300_000)
    assert worker.ready() == "1 removed"
    assert worker.end() == 0
    assert [titles(library.search(f"n{n}word7919", k=1, words_only=True)) for n in (1, 2)] == [[], ["n2.md"]]
    library.remove("n2.md")
    assert b"n1word7919" not in b"".join(path.read_bytes() for path in library.folder.rglob("*") if path.is_file())


# --- kills ------------------------------------------------------------------------------------------------------------

DOCUMENTS = 2
WRITING = [
    ("qa.storage.sqlite.change:SQLiteChange.put_document", 1),
    ("qa.storage.sqlite.change:SQLiteChange.put_document", 3),
    ("qa.storage.sqlite.change:SQLiteChange.put_source", 2),
    ("qa.storage.sqlite.change:SQLiteChange.move_source", 1),
    ("qa.storage.sqlite.change:SQLiteChange.drop_orphans", 2),
    ("qa.storage.indexes:Indexes.index_words", 3),  # after the second commit
    ("embeddings:SparseIndex.add", 2),
    ("embeddings:SparseIndex.commit", 2),
    ("qa.storage.sqlite.change:SQLiteChange.set_indexed", 2),
    ("qa.storage.sqlite.change:SQLiteChange.put_vectors", 1),
    ("embeddings:SparseIndex.release", 1),
    ("qa.storage.indexes:Indexes._erase_removed_words", 1),
    ("embeddings:DenseIndex.save", 1),
    ("os:replace", 1),  # of the FAISS index, which is written beside the old one
    ("qa.storage.sqlite.store:SQLiteStore.erase_traces", 1),
    ("qa.storage.sqlite.database:Database.empty_log", 1),
]
"""Functions on the way of a change, and at which of their calls the process is killed."""
REMOVING = [("qa.storage.sqlite.change:SQLiteChange.drop_sources", 1)]
CREATING = [
    ("qa.storage.sqlite.schema:create_tables", 1),
    ("qa.storage.sqlite.database:Database._check_format", 1),
    ("embeddings:SparseIndex.__init__", 1),
    ("qa.storage.sqlite.change:SQLiteChange.put_document", 1),
]


def write_version(docs: Path, version: int) -> None:
    """Every document in a new version; one comes, one goes, one moves, two of one content."""
    for path in docs.iterdir():
        path.unlink()
    write(docs, {f"d{n}.md": page(f"subject{n}", version) for n in range(DOCUMENTS)})
    write(docs, {f"new{version}.md": page("novelty", version), f"place{version}.md": page("nomad")})
    write(docs, {f"twin{name}.md": page("twins", version) for name in "ab"})


@pytest.fixture(scope="module")
def first_version(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A library of the first version of some files, which are in their second version now."""
    base = tmp_path_factory.mktemp("kills")
    (base / "docs").mkdir()
    write_version(base / "docs", 0)
    with Library.open(base / "library", encoder=HashingEncoder()) as library:
        library.add(base / "docs")
    write_version(base / "docs", 1)
    return base / "library", base / "docs"


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


@pytest.mark.parametrize(
    ("how", "point", "call"), [*(("add", *each) for each in WRITING), *(("sync", *each) for each in WRITING + REMOVING)]
)
def test_a_kill_at_any_point_leaves_the_old_or_the_new_state(
    first_version: tuple[Path, Path], tmp_path: Path, how: str, point: str, call: int
) -> None:
    before, docs = first_version
    folder = shutil.copytree(before, tmp_path / "library")
    assert Worker(workers.change_until_killed, folder, docs, how, point, call).end() == -signal.SIGKILL
    with Library.open(folder, encoder=HashingEncoder()) as library:
        assert_sound(library, docs, 1)
        library.sync(docs, yes=True)
        assert library.check(repair=False).problems == ()
        assert {Path(source.path) for source in library.sources()} == set(docs.iterdir())
        assert all(
            library.document(s.document_id).text == plain(s.title, 1) for s in library.sources() if s.title != "nomad"
        )
        assert library.stats().waiting == 0
        hit = library.search("subject1 remark1", k=1)[0]
        assert titles([hit]) == ["d1.md"] and hit.detail.dense_rank and hit.detail.sparse_rank


@pytest.mark.parametrize(
    ("how", "point"),
    [("reencode", "embeddings:SparseIndex.add"), ("rebuild", "qa.storage.indexes:Indexes.index_words")],
)
@pytest.mark.parametrize("locked", [False, True])
def test_after_a_kill_a_reader_finds_what_the_keyword_index_lacks(
    first_version: tuple[Path, Path], tmp_path: Path, how: str, point: str, locked: bool
) -> None:
    """All of it here. ``locked``: somebody else has the right to write; ``test_kills.py`` has the other points."""
    before, docs = first_version
    folder = shutil.copytree(before, tmp_path / "library")
    assert Worker(workers.change_until_killed, folder, docs, how, point, 1).end() == -signal.SIGKILL
    lock = FileLock(folder / "writer.lock") if locked else nullcontext()
    with lock, Library.open(folder, create=False, encoder=HashingEncoder()) as library:
        assert titles(library.search("subject1", words_only=True)) == ["d1.md"] * 2
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.check()
        assert library.check(repair=False).problems == ()


@pytest.mark.parametrize(("point", "call"), CREATING)
def test_a_kill_while_a_library_is_created_leaves_none_or_a_whole_one(tmp_path: Path, point: str, call: int) -> None:
    docs, folder = write(tmp_path / "docs", {"one.md": page("walrus")}), tmp_path / "library"
    assert Worker(workers.change_until_killed, folder, docs, "add", point, call).end() == -signal.SIGKILL
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.check()
        assert library.check(repair=False).problems == ()
        library.add(docs)
        assert titles(library.search("walrus", k=1)) == ["one.md"]
