"""What a library folder may be when it is opened: newer, older, damaged, half there, somebody else's."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import LibraryDamaged, LibraryError, LibraryNotFound, LibraryNotWritable, LibraryTooNew
from qa.storage.sqlite import schema
from tests.helpers import titles, write

FILES = {
    "apple.md": "# Apples\n\nThe apple tree grows in temperate gardens and bears red fruit.\n",
    "pear.md": "# Pears\n\nThe pear tree prefers deep soil and bears green fruit in autumn.\n",
    "plum.md": "# Plums\n\nThe plum tree flowers early in spring and its fruit is blue.\n",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed library of three documents."""
    base = tmp_path_factory.mktemp("opening")
    with Library.open(base / "library", encoder=HashingEncoder()) as library:
        library.add(write(base / "docs", FILES))
    return base / "library"


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    """A copy of it to damage."""
    return shutil.copytree(whole, tmp_path / "library")


def opened(folder: Path) -> Library:
    return Library.open(folder, encoder=HashingEncoder())


def change(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / "library.db")
    connection.execute(sql)
    connection.commit()
    connection.close()


def assert_whole(library: Library) -> None:
    """Found by words and by meaning, and nothing to complain about."""
    assert titles(library.search("temperate gardens"))[0] == "apple.md"
    assert titles(library.search("temperate gardens", words_only=True)) == ["apple.md"]
    hit = library.search("temperate gardens")[0]
    assert (hit.detail.dense_rank, hit.detail.sparse_rank) == (1, 1)
    assert library.check(repair=False).problems == ()


# --- the SQLite file --------------------------------------------------------------------------------------------------


def test_a_newer_format_is_refused_and_left_alone(folder: Path) -> None:
    change(folder, "UPDATE meta SET value = '99' WHERE key = 'format'")
    before = (folder / "library.db").read_bytes()
    with pytest.raises(LibraryTooNew, match=r"format 99.*Upgrade"):
        opened(folder)
    assert (folder / "library.db").read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"this is no database at all " * 200,
        lambda data: data[:100] + b"\xff" * (len(data) - 100),
        lambda data: data[: len(data) // 2],
    ],
    ids=["another file", "overwritten", "cut in half"],
)
def test_a_damaged_file_is_said_to_be_damaged(folder: Path, damage: Callable[[bytes], bytes]) -> None:
    """At the opening, or at the latest when the damaged part is read; never another kind of error."""
    path = folder / "library.db"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(LibraryDamaged, match=r"library\.db.*Documents are not touched"), opened(folder) as library:
        library.sources()
        library.search("temperate gardens")
        library.check()


@pytest.mark.parametrize("sql", ["DELETE FROM meta", "UPDATE meta SET value = 'x' WHERE key = 'format'"])
def test_a_file_without_its_format_is_damaged(folder: Path, sql: str) -> None:
    change(folder, sql)
    with pytest.raises(LibraryDamaged):
        opened(folder)


def test_a_foreign_database_is_not_taken_over(tmp_path: Path) -> None:
    tmp_path.joinpath("l").mkdir()
    change(tmp_path / "l", "CREATE TABLE accounts (name TEXT)")
    with pytest.raises(LibraryDamaged):
        opened(tmp_path / "l")


@pytest.mark.parametrize("create", [True, False])
def test_a_making_that_was_cut_off_is_made_again(tmp_path: Path, create: bool) -> None:
    """A kill between the file's making and its first commit leaves an empty file, which is no library yet."""
    folder = tmp_path / "l"
    folder.mkdir()
    (folder / "library.db").touch()
    if not create:
        with pytest.raises(LibraryNotFound):
            Library.open(folder, create=False)
        return
    with opened(folder) as library:
        assert library.stats().documents == 0


def test_many_processes_may_open_a_new_library_at_once(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom qa import Library\nfrom embeddings import HashingEncoder\nprint('ready', flush=True)\n"
        "sys.stdin.readline()\nprint(Library.open(sys.argv[1], encoder=HashingEncoder()).stats().documents)"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "new")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for run in runs:
        assert run.stdout is not None and run.stdout.readline() == "ready\n"
    results = [run.communicate("go\n", timeout=250) for run in runs]
    assert [out for out, _ in results] == ["0\n"] * 4, results


def test_a_file_in_the_way_of_the_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryNotWritable, match="cannot be made"):
        opened(tmp_path / "file" / "library")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("mode", [0o500, 0])
@pytest.mark.parametrize("place", [".", "library.db", "dense", "sparse"])
def test_what_may_not_be_read_or_written_is_said(folder: Path, tmp_path: Path, place: str, mode: int) -> None:
    """Not that the library is damaged: nobody should delete it for that."""
    (folder / place).chmod(mode)
    try:
        with pytest.raises(LibraryNotWritable), opened(folder) as library:
            library.add(write(tmp_path / "more", {"x.md": "# X\n\nText.\n"}))
    finally:
        (folder / place).chmod(0o700)


def test_a_locked_file_is_not_called_damaged(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = sqlite3.connect(folder / "library.db")
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("UPDATE meta SET value = value")
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout, **rest: connect(path, timeout=0.05, **rest))
    try:
        with pytest.raises(LibraryError) as caught:
            opened(folder)
        assert not isinstance(caught.value, LibraryDamaged)
    finally:
        connection.close()


def test_a_migration_runs_in_one_transaction(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = schema.FORMAT_VERSION
    monkeypatch.setattr(schema, "FORMAT_VERSION", now + 1)

    def steps(connection: sqlite3.Connection, last: str) -> None:
        connection.execute("CREATE TABLE extra (x TEXT)")
        connection.execute(last)

    monkeypatch.setattr(schema, "MIGRATIONS", {now: lambda c: steps(c, "INSERT INTO nowhere VALUES (1)")})
    with pytest.raises(LibraryError):
        opened(folder)
    monkeypatch.setattr(schema, "MIGRATIONS", {now: lambda c: steps(c, "INSERT INTO extra VALUES ('y')")})
    with opened(folder) as library:
        assert library._store.meta("format") == str(now + 1)
        assert_whole(library)


# --- the derived indexes ----------------------------------------------------------------------------------------------


def garble(path: Path) -> None:
    """Overwrite the middle of a file."""
    data = bytearray(path.read_bytes())
    third = max(len(data) // 3, 1)
    data[third : 2 * third] = b"\xa5" * third
    path.write_bytes(data)


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: shutil.rmtree(folder / "dense"),
        lambda folder: (folder / "dense" / "index.faiss").write_bytes(b""),
        lambda folder: (folder / "dense" / "index.faiss").write_bytes(b"nonsense" * 99),
        lambda folder: os.truncate(folder / "dense" / "index.faiss", 700),
        lambda folder: shutil.rmtree(folder / "sparse"),
        lambda folder: (folder / "sparse" / "meta.json").unlink(),
        lambda folder: (folder / "sparse" / "meta.json").write_bytes(b"{}"),
        lambda folder: [path.unlink() for path in (folder / "sparse").glob("*.term")],
        lambda folder: [path.write_bytes(b"") for path in (folder / "sparse").glob("*.idx")],
        lambda folder: [path.write_bytes(b"garbled") for path in (folder / "sparse").glob("*.term")],
        lambda folder: [shutil.rmtree(folder / name) for name in ("dense", "sparse")],
    ],
    ids=[
        "no dense folder",
        "empty faiss",
        "nonsense faiss",
        "cut faiss",
        "no sparse folder",
        "no meta",
        "empty meta",
        "no terms",
        "empty postings",
        "seven bytes of terms",
        "neither",
    ],
)
def test_a_missing_or_damaged_index_is_made_again_at_the_opening(
    folder: Path, damage: Callable[[Path], object]
) -> None:
    damage(folder)
    with opened(folder) as library:
        assert titles(library.search("temperate gardens"))[0] == "apple.md"
        assert titles(library.search("temperate gardens", words_only=True)) == ["apple.md"]
        library.check()
        assert_whole(library)


@pytest.mark.parametrize("suffix", ["term", "idx", "store", "fast", "fieldnorm", "pos"])
def test_garbled_keyword_files_never_end_the_program(folder: Path, suffix: str) -> None:
    """Found at the opening or by ``check``; a search before that finds by meaning or fails as one of our errors."""
    for path in (folder / "sparse").glob(f"*.{suffix}"):
        garble(path)
    with opened(folder) as library:
        library.check()
        assert_whole(library)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM vectors WHERE row = 1",
        "UPDATE vectors SET passage = (SELECT passage FROM vectors ORDER BY row DESC LIMIT 1) WHERE row = 1",
        'INSERT INTO passages (document_row, start, "end", text, heading, prefix, units, key, listed) '
        "VALUES (1, 2, 8, 'Apples', '', '', x'', x'aa', 1)",
    ],
    ids=["a vector less", "another vector", "a passage more"],
)
def test_check_finds_and_mends_where_the_indexes_differ(folder: Path, sql: str) -> None:
    change(folder, sql)
    with opened(folder) as library:
        assert library.check(repair=False).problems
        report = library.check()
        assert report.problems and report.repaired
        assert library.check(repair=False).problems == ()


def test_work_that_a_kill_left_is_done_and_is_no_damage(folder: Path) -> None:
    """Committed, marked for the keyword index, and then killed: one passage to come, one to go."""
    change(folder, "UPDATE passages SET listed = 0 WHERE id = 1")
    change(folder, "INSERT INTO unlisted VALUES (99)")
    with opened(folder) as library:
        assert library.check(repair=False).problems == ()
        assert library._store.pending_ids().tolist() == [1, 99]
        assert library.check().problems == ()
        assert library._store.pending_ids().tolist() == []
        assert_whole(library)


@pytest.mark.parametrize(
    ("sql", "quick"),
    [
        ("DELETE FROM sources WHERE id = 1", True),
        ("UPDATE sources SET document_row = 77 WHERE id = 1", True),
        ("UPDATE passages SET document_row = 77 WHERE id = 1", True),
        ("DELETE FROM vectors WHERE row = 1", True),
        ("UPDATE vectors SET passage = (SELECT passage FROM vectors ORDER BY row DESC LIMIT 1) WHERE row = 1", False),
    ],
    ids=["a document of no source", "a source of no document", "passages of none", "a vector less", "another vector"],
)
def test_the_quick_check_finds_what_is_listed_wrong(folder: Path, sql: str, quick: bool) -> None:
    change(folder, sql)
    with opened(folder) as library:
        assert bool(library.check(repair=False, quick=True).problems) == quick
        assert library.check(repair=False).problems


def test_check_finds_damage_of_the_database_and_does_not_call_it_repaired(folder: Path) -> None:
    """A page of an index of SQLite's, which no reading of the tables meets."""
    connection = sqlite3.connect(folder / "library.db")
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'passages_by_key'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with open(folder / "library.db", "r+b") as file:
        file.seek((page - 1) * size + 3)
        file.write(b"\x41" * 4)
    with opened(folder) as library:
        assert any("damaged" in problem for problem in library.check(repair=False).problems)
        report = library.check()
        assert report.problems and not report.repaired


def test_what_a_kill_left_among_the_keyword_files_is_no_damage(folder: Path) -> None:
    (folder / "sparse" / f"{'0a' * 16}.idx").write_bytes(b"half written")
    with opened(folder) as library:
        assert library.check(repair=False).problems == ()
        assert_whole(library)


def test_check_finds_rows_that_only_the_keyword_index_has(folder: Path) -> None:
    change(folder, "DELETE FROM passages WHERE id = 1")
    with opened(folder) as library:
        assert any("keyword index" in problem for problem in library.check(repair=False).problems)
        assert library.check().repaired


def test_an_index_of_another_state_is_brought_up_to_date(folder: Path, tmp_path: Path) -> None:
    """The FAISS file of yesterday beside the library of today, as a kill before its saving leaves it."""
    shutil.copy(folder / "dense" / "index.faiss", tmp_path / "yesterday")
    with opened(folder) as library:
        library.remove("pear.md")
        library.add(write(tmp_path / "more", {"fig.md": "# Figs\n\nThe fig tree wants much sun and little water.\n"}))
    shutil.copy(tmp_path / "yesterday", folder / "dense" / "index.faiss")
    with opened(folder) as library:
        hits = library.search("How much sun does the fig tree want?")
        assert titles(hits)[0] == "fig.md" and hits[0].detail.dense_rank == 1
        assert "pear.md" not in titles(hits)


def test_no_leftovers_of_an_interrupted_save_pile_up(folder: Path, tmp_path: Path) -> None:
    """A process that was killed while it saved leaves one temporary file, which the next saving takes away."""
    (folder / "dense" / "index.tmp").write_bytes(b"half")
    with opened(folder) as library:
        library.add(write(tmp_path / "more", {"fig.md": "# Figs\n\nThe fig tree wants much sun and little water.\n"}))
    assert [path.name for path in (folder / "dense").iterdir()] == ["index.faiss"]


def test_a_file_that_was_replaced_while_open_is_noticed(folder: Path, tmp_path: Path) -> None:
    """Programs that synchronise folders do that: what was written then would be lost."""
    shutil.copytree(folder, tmp_path / "copy")
    with opened(folder) as library:
        (tmp_path / "copy" / "library.db").replace(folder / "library.db")
        for use in (lambda: library.search("x"), lambda: library.add(tmp_path), library.sources):
            with pytest.raises(LibraryError, match="deleted or replaced while it was open"):
                use()
    with opened(folder) as library:
        assert library.sources()


def assert_both_find_all(folder: Path) -> None:
    with Library.open(folder, encoder=HashingEncoder()) as library:
        for source in library.sources():
            for passage in library.passages(source.document_id):
                assert passage.id in [hit.passage.id for hit in library.search(passage.text, words_only=True)]
        assert library.check(repair=False).problems == ()


@pytest.mark.parametrize("database", ["deleted", "of a backup", "of a backup, read first"])
def test_indexes_of_another_database_are_not_taken_for_its_own(tmp_path: Path, database: str) -> None:
    """A new database, or an earlier one, gives the ids that the indexes have to other passages."""
    folder, numbers = tmp_path / "library", range(6)
    first = write(tmp_path / "first", {f"a{n}.md": f"A heron number{n}." for n in numbers})
    second = write(tmp_path / "second", {f"b{n}.md": f"A stork numeral{n}." for n in numbers})
    third = write(tmp_path / "third", {f"c{n}.md": f"An egret cipher{n}." for n in numbers})
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.add(first)
    shutil.copy(folder / "library.db", tmp_path)
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.remove("a1.md")
        library.add(second)
    for file in folder.glob("library.db*"):
        file.unlink()
    if database != "deleted":
        shutil.copy(tmp_path / "library.db", folder)
    if database == "of a backup, read first":
        assert_both_find_all(folder)
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.add(third)
    assert_both_find_all(folder)
