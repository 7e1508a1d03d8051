"""What is removed is gone: no word of it stays in any file of the library, and what is not removed stays."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from embeddings import DenseIndex, HashingEncoder, SparseIndex
from qa import Library
from qa.storage.layout import Layout
from qa.storage.records import NewSource, PackedDocument
from qa.storage.sqlite import SQLiteStore
from tests.helpers import titles, write

CANARY = "xylofonkanarq"
SECRET = f"# {CANARY} title\n\nThe secret is {CANARY}, said {CANARY} to nobody.\n"
HARMLESS: dict[str, str | bytes] = {
    f"other{n}.md": f"# Other {n}\n\nThe harmless sentence number {n}.\n" for n in range(3)
}


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder of this process and of those that it starts."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setenv("SQLITE_TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.fixture
def filled(library: Library, tmp_path: Path, temporary: Path) -> Library:
    """Secrets in a text, a title, two file names and an upload in a folder, between harmless documents of one batch."""
    library.add(write(tmp_path / "docs", {f"{CANARY}.md": SECRET, **HARMLESS}))
    library.add_upload(f"{CANARY}-upload.txt", f"Another {CANARY} in an upload.\n".encode(), folder=f"in/{CANARY}")
    assert {name.split("/")[0] for name in traces(library.folder)} >= {"library.db", "sparse", "uploads"}
    return library


def traces(folder: Path, word: str = CANARY) -> list[str]:
    """Every file that has the word in its name, its bytes (UTF-8 and UTF-16, packed or not) or its dictionary."""
    found = [path for path in folder.rglob("*") if word in path.name.lower() or _has(path, word)]
    if SparseIndex.exists(folder / "sparse") and _in_dictionaries(folder / "sparse", word):
        found.append(folder / "sparse")
    return [str(path.relative_to(folder)) for path in found]


def _has(path: Path, word: str) -> bool:
    if not path.is_file():
        return False
    data = path.read_bytes()
    if path.name == "library.db":
        data += b"".join(_unpacked(path))
    data = data.lower()
    return any(word.encode(form) in data for form in ("utf-8", "utf-16-le", "utf-16-be"))


def _unpacked(path: Path) -> Iterator[bytes]:
    """The packed details of the documents."""
    connection = sqlite3.connect(path)
    for (details,) in connection.execute("SELECT details FROM documents"):
        yield zlib.decompress(details)
    connection.close()


def _in_dictionaries(folder: Path, word: str) -> bool:
    """The engine packs its words, so that the bytes alone do not tell."""
    return bool(SparseIndex(folder)._searcher.doc_freq("terms", word))


def test_a_removed_document_leaves_no_word_in_any_file(filled: Library, temporary: Path) -> None:
    filled.remove(f"*{CANARY}*")
    assert traces(filled.folder) == []
    assert traces(temporary) == []
    assert titles(filled.search("harmless sentence number 2", k=1)) == ["other2.md"]
    assert filled.check(repair=False).problems == ()


def test_nor_while_another_thread_holds_the_library_open(filled: Library) -> None:
    """The write-ahead log must not wait for it."""
    searching, done = threading.Event(), threading.Event()

    def search() -> None:
        filled.search("harmless")
        searching.set()
        done.wait()

    thread = threading.Thread(target=search, daemon=True)
    thread.start()
    searching.wait()
    filled.remove(f"*{CANARY}*")
    found = traces(filled.folder)
    done.set()
    thread.join()
    assert found == []


def test_a_replaced_content_leaves_no_word(filled: Library, tmp_path: Path) -> None:
    """The file's name is still that of a source; the upload is removed."""
    filled.remove(f"{CANARY}-upload.txt")
    (tmp_path / "docs" / "plain.md").write_text(SECRET.replace("secret", "other secret"))
    filled.sync()
    filled.remove(f"{CANARY}.md")
    (tmp_path / "docs" / "plain.md").write_text("# Plain\n\nNothing is hidden here any more.\n")
    assert filled.sync().count("updated") == 1
    assert traces(filled.folder) == []


def test_a_gone_file_leaves_no_word_after_a_sync(filled: Library, tmp_path: Path) -> None:
    filled.remove(f"{CANARY}-upload.txt")
    (tmp_path / "docs" / f"{CANARY}.md").unlink()
    assert filled.sync().count("removed") == 1
    assert traces(filled.folder) == []


def test_the_vectors_go_from_the_index_on_disk(filled: Library) -> None:
    filled.remove(f"*{CANARY}*")
    layout = Layout(filled.folder)
    dense = DenseIndex.load(layout.dense, HashingEncoder().dim)
    assert len(dense) == filled.stats().passages == len(HARMLESS)
    connection = sqlite3.connect(layout.database)
    assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (len(HARMLESS),)
    connection.close()


@pytest.mark.parametrize("seed", [4, 9])  # with these SQLite 3.40 leaves a copy
def test_rows_that_moved_between_pages_leave_no_copies(tmp_path: Path, seed: int) -> None:
    """SQLite overwrites what it deletes, but not where a row stood before it was moved to make room."""
    order = random.Random(seed)
    store = SQLiteStore(tmp_path / "library.db")
    secret = []
    with store.writing() as change:
        row = change.put_document(PackedDocument("x", "t", None, None, "{}", b""), "n", [])
        for _ in range(1500):
            is_secret = order.random() < 0.15
            folder, length = order.getrandbits(32), order.randrange(1, 120)
            name = f"/{folder:08x}/{CANARY if is_secret else 'plain'}{'x' * length}"
            source_id, _ = change.put_source(NewSource(name, None, name, False, 0, 0, "", "", ""), row)
            if is_secret:
                secret.append(source_id)
    with store.writing() as change:
        change.drop_sources(secret)
    store.erase_traces()
    assert CANARY.encode() not in (tmp_path / "library.db").read_bytes()


def test_a_cut_off_removal_is_finished_by_the_next_writing(filled: Library) -> None:
    """As if killed after the commit: the copy of the upload, the words in the index and the traces are still there."""
    chosen = filled.sources(f"*{CANARY}*")
    with filled._store.writing() as change:
        copy = next(source.path for source in chosen if source.upload)
        change.put_names("uploads", [str(Path(copy).relative_to(filled.folder / "uploads"))])
        change.drop_sources(source.id for source in chosen)
    assert "sparse" in traces(filled.folder)
    filled.encode()
    filled.check()
    assert traces(filled.folder) == []


def test_a_cut_off_upload_leaves_no_copy(library: Library) -> None:
    """As if killed between the copy and the commit."""
    with library._store.writing() as change:
        change.put_names("uploads", [f"in/{CANARY}.txt"])
    write(library.folder / "uploads", {f"in/{CANARY}.txt": "secret", f"in/.{CANARY}.txt.x1.tmp": CANARY})
    library.encode()
    assert traces(library.folder) == []
    assert list((library.folder / "uploads").iterdir()) == []


def test_copies_of_a_library_whose_database_was_deleted_are_kept(library: Library, tmp_path: Path) -> None:
    """Only what was noted as left over goes: they may be the only ones there are."""
    library.add_upload("note.txt", b"An upload speaks of marmalade.\n")
    library.close()
    for path in library.folder.glob("library.db*"):
        path.unlink()
    with Library.open(library.folder, encoder=HashingEncoder()) as again:
        again.add(tmp_path / "nothing")
        assert (library.folder / "uploads" / "note.txt").exists()


def test_removing_from_a_moved_library_deletes_its_own_copy_only(library: Library, tmp_path: Path) -> None:
    library.add_upload("note.txt", b"An upload speaks of marmalade.\n", folder="a")
    library.close()
    shutil.copytree(library.folder, tmp_path / "copy")
    with Library.open(tmp_path / "copy", encoder=HashingEncoder()) as copy:
        copy.remove("note.txt")
    assert not (tmp_path / "copy" / "uploads" / "a").exists()
    assert (library.folder / "uploads" / "a" / "note.txt").exists()


def test_what_else_is_in_a_shared_part_of_the_index_is_still_found(library: Library, tmp_path: Path) -> None:
    """Its rows are written again."""
    many: dict[str, str | bytes] = {f"m{n}.md": f"# Many\n\nThe word number{n} stands only here.\n" for n in range(200)}
    library.add(write(tmp_path / "docs", many))
    library.add_upload("alone.txt", b"The word marmalade stands only here.\n")
    library.remove("m77.md")
    assert library.search("number77", words_only=True) == []
    assert titles(library.search("number78", k=1, words_only=True)) == ["m78.md"]
    assert titles(library.search("marmalade", k=1, words_only=True)) == ["alone.txt"]
    assert library.check(repair=False).problems == ()
    parts = json.loads((library.folder / "sparse" / "meta.json").read_text())["segments"]
    assert [part["deletes"] for part in parts] == [None] * len(parts)


def test_a_removed_file_of_a_folder_stays_out_until_it_is_added_by_name(library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "docs", HARMLESS)
    library.add(folder)
    library.remove("other1.md")
    assert library.sync().count("added") == 0
    assert library.stats().sources == 2
    library.add(folder / "other1.md")
    assert library.stats().sources == 3
    library.remove("other1.md")
    library.add(folder)
    library.sync()
    assert library.stats().sources == 3


def test_reading_again_reads_whatever_the_dates_say(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path, {"note.txt": "The cat is black.\n"}) / "note.txt"
    library.add(path)
    path.write_text("The dog is black.\n")
    assert library.read_again("note.txt").count("updated") == 1
    assert library.read_again("note.txt").count("unchanged") == 1
    path.unlink()
    (outcome,) = library.read_again("note.txt").files
    assert (outcome.status, library.stats().sources) == ("kept_old", 1)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_the_copy_that_a_removal_makes_is_in_the_librarys_folder(filled: Library) -> None:
    """Another place may be on a disk that is not encrypted."""
    seen: set[str] = set()

    def look() -> None:
        for name in os.listdir("/proc/self/fd"):
            with suppress(OSError):
                seen.add(os.readlink(f"/proc/self/fd/{name}"))

    connection = filled._store._database.connection
    connection.execute("PRAGMA cache_size = 10")  # pages in memory: the copy needs its file at once
    connection.set_progress_handler(look, 20)
    filled.remove([filled.sources()[0].id])
    copies = {path for path in seen if "etilqs" in path}
    assert copies and all(path.startswith(f"{filled.folder}{os.sep}") for path in copies)
