"""Keeping folders in step, and above all: not removing what is only away for a while."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.types import READ_AGAIN
from tests.helpers import titles, write


def page(name: str) -> str:
    return f"# {name}\n\nThis page speaks of {name} and of nothing else at all.\n"


@pytest.fixture
def docs(library: Library, tmp_path: Path) -> Path:
    """Ten documents in a folder that was added."""
    folder = write(tmp_path / "docs", {f"page{n}.md": page(f"subject{n}") for n in range(10)})
    library.add(folder)
    return folder


def names(library: Library) -> set[str]:
    return {Path(source.path).name for source in library.sources()}


def test_new_changed_and_gone_files_are_taken_over(library: Library, docs: Path) -> None:
    write(docs, {"new.md": page("kiwi"), "page1.md": page("something") * 2})
    (docs / "page0.md").unlink()
    report = library.sync()
    assert (report.count("added"), report.count("updated"), report.count("removed")) == (1, 1, 1)
    assert report.count("unchanged") == 8 and report.waiting == 0
    assert names(library) == {"new.md", *(f"page{n}.md" for n in range(1, 10))}
    assert library.search("subject0", words_only=True) == []
    assert library.check(repair=False).problems == ()


def test_nothing_is_removed_when_over_a_third_is_gone(library: Library, docs: Path) -> None:
    for n in range(4):
        (docs / f"page{n}.md").unlink()
    report = library.sync()
    refused = [outcome for outcome in report.files if outcome.status == "failed"]
    assert len(refused) == 1 and "4 of 10 files are gone" in refused[0].reason and "--yes" in refused[0].reason
    assert report.count("removed") == 0 and len(names(library)) == 10
    assert titles(library.search("subject0", k=1)) == ["page0.md"]


def test_exactly_the_allowed_share_may_go(library: Library, docs: Path) -> None:
    for n in range(3):
        (docs / f"page{n}.md").unlink()
    assert library.sync().count("removed") == 3


def test_yes_removes_whatever_is_gone(library: Library, docs: Path) -> None:
    shutil.rmtree(docs)
    assert library.sync(yes=True).count("removed") == 10
    assert library.stats().documents == library.stats().passages == 0
    assert library.check(repair=False).problems == ()


@pytest.mark.parametrize("empty", [True, False])
def test_a_folder_that_is_away_loses_nothing(library: Library, docs: Path, empty: bool) -> None:
    """An unplugged disk: the folder is missing, or is there as an empty mount point."""
    docs.rename(docs.with_name("elsewhere"))
    if empty:
        docs.mkdir()
    report = library.sync()
    assert report.count("removed") == 0 and report.count("failed") == 1
    assert len(names(library)) == 10
    if empty:
        docs.rmdir()
    docs.with_name("elsewhere").rename(docs)
    assert library.sync().count("unchanged") == 10


@pytest.mark.parametrize("named", [True, False])
def test_a_folder_added_inside_another_may_be_away(library: Library, tmp_path: Path, named: bool) -> None:
    """A disk mounted in it: 4 of the 14 files are gone, less than a third, and all of the disk."""
    outer = write(tmp_path / "outer", {f"page{n}.md": page(f"subject{n}") for n in range(10)})
    disk = write(outer / "disk", {f"p{n}.md": page(f"deep{n}") for n in range(4)})
    library.add(disk)
    library.add(outer)
    disk.rename(tmp_path / "unplugged")
    (outer / "page0.md").unlink()
    report = library.sync([outer] if named else None)
    (refused,) = [outcome for outcome in report.files if outcome.status == "failed"]
    assert (refused.path, "missing" in refused.reason) == (str(disk), True)
    assert report.count("removed") == 1 and len(names(library)) == 13
    assert library.sync(yes=True).count("removed") == 4


def test_moved_files_are_moved_and_not_counted_as_gone(library: Library, docs: Path) -> None:
    before = {Path(source.path).name: source.id for source in library.sources()}
    (docs / "deep").mkdir()
    for n in range(8):
        (docs / f"page{n}.md").rename(docs / "deep" / f"page{n}.md")
    report = library.sync()
    assert (report.count("moved"), report.count("removed"), report.count("failed")) == (8, 0, 0)
    assert {Path(source.path).name: source.id for source in library.sources()} == before


def test_a_moved_and_edited_file_is_removed_and_added(library: Library, docs: Path) -> None:
    (docs / "page0.md").unlink()
    write(docs, {"other.md": page("kiwi")})
    report = library.sync()
    assert (report.count("added"), report.count("removed")) == (1, 1)


def test_of_two_folders_one_may_be_away(library: Library, docs: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", {f"more{n}.md": page(f"thing{n}") for n in range(5)})
    library.add(other)
    shutil.rmtree(other)
    (docs / "page0.md").unlink()
    report = library.sync()
    assert (report.count("removed"), report.count("failed")) == (1, 1)
    assert len(names(library)) == 14


def test_only_the_named_folders_are_synced(library: Library, docs: Path, tmp_path: Path) -> None:
    other = write(tmp_path / "other", {f"more{n}.md": page(f"thing{n}") for n in range(5)})
    library.add(other)
    (docs / "page0.md").unlink()
    (other / "more0.md").unlink()
    report = library.sync([other])
    assert [Path(outcome.path).name for outcome in report.files if outcome.status == "removed"] == ["more0.md"]
    assert "page0.md" in names(library)


def test_a_folder_inside_an_added_one_can_be_synced(library: Library, docs: Path) -> None:
    write(docs, {f"deep/p{n}.md": page(f"deep{n}") for n in range(4)})
    library.add(docs)
    (docs / "deep" / "p0.md").unlink()
    (docs / "page0.md").unlink()
    report = library.sync(docs / "deep")
    assert [Path(outcome.path).name for outcome in report.files if outcome.status == "removed"] == ["p0.md"]


def test_files_added_by_themselves_are_judged_together(library: Library, tmp_path: Path) -> None:
    folder = write(tmp_path / "single", {f"s{n}.md": page(f"single{n}") for n in range(4)})
    library.add(sorted(folder.iterdir()))
    write(folder, {"never-added.md": page("never")})
    (folder / "s0.md").unlink()
    (folder / "s1.md").write_text(page("changed") * 2)
    report = library.sync()
    assert (report.count("removed"), report.count("updated"), report.count("added")) == (1, 1, 0)
    (folder / "s2.md").unlink()
    (folder / "s1.md").unlink()
    assert library.sync().count("removed") == 0 and len(names(library)) == 3
    assert library.sync(yes=True).count("removed") == 2


def test_uploads_are_left_alone(library: Library, docs: Path) -> None:
    library.add_upload("note.txt", b"An upload speaks of marmalade and nothing else.\n")
    report = library.sync()
    assert not any("note" in outcome.path for outcome in report.files)
    assert titles(library.search("marmalade", k=1)) == ["note.txt"]


def test_one_of_two_copies_may_go(library: Library, docs: Path) -> None:
    write(docs, {"copy.md": page("subject0")})
    library.sync()
    (docs / "page0.md").unlink()
    assert library.sync().count("removed") == 1
    assert titles(library.search("subject0", k=1)) == ["copy.md"]


def test_a_library_without_anything_syncs_to_nothing(library: Library) -> None:
    assert library.sync().files == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every folder")
def test_a_folder_without_rights_loses_nothing(library: Library, docs: Path) -> None:
    docs.chmod(0)
    try:
        report = library.sync()
    finally:
        docs.chmod(0o700)
    assert report.count("removed") == 0 and report.count("failed") >= 1
    assert len(names(library)) == 10


@pytest.mark.parametrize("replaced", [False, True])
def test_a_change_that_hides_behind_the_same_size_and_date_is_noticed(
    library: Library, tmp_path: Path, replaced: bool
) -> None:
    """``replaced``: by another file, as programs do that save and synchronise."""
    docs = write(tmp_path / "docs", {"a.md": "It is a heron."})
    library.add(docs)
    path = docs / "a.md"
    before = path.stat()
    new = tmp_path / "new.md" if replaced else path
    new.write_text("It is a stork.")
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)
    assert path.stat().st_mtime_ns == before.st_mtime_ns and path.stat().st_size == before.st_size
    assert library.sync().count("updated") == 1
    assert library.sync().count("unchanged") == 1


def read_by_an_earlier_version(library: Library) -> None:
    """Make the library look as an earlier version of the program left it."""
    library.close()
    connection = sqlite3.connect(library.folder / "library.db")
    with connection:
        connection.execute("UPDATE documents SET id = substr('0000' || id, 1, 32)")
        connection.execute("UPDATE sources SET loaders = 'markdown/0'")
    connection.close()


def test_what_an_earlier_version_read_is_read_again_and_said(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "tower.md").write_text("# Tower\n\nThe tower is 330 metres tall.")
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add(tmp_path / "docs")
        library.add_upload("harbour.md", b"The harbour is 12 metres deep.")
        assert library.stats().outdated == 0
        read_by_an_earlier_version(library)
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        assert library.stats().outdated == 2
        (note,) = (n for n in library.ask("How tall is the tower?").notes if n.code == "read_by_earlier_version")
        assert note.message.startswith("2 documents were read by an earlier version") and "qa sync" in note.message
        report = library.sync()
        assert [(Path(file.path).name, file.status, file.reason) for file in report.files] == [
            ("harbour.md", "updated", READ_AGAIN),
            ("tower.md", "updated", READ_AGAIN),
        ]
        assert library.stats().outdated == 0 and library.stats().documents == 2
        assert "read_by_earlier_version" not in [note.code for note in library.ask("How tall is the tower?").notes]
