"""Uploads: kept in the library's folder under names that cannot leave it, or not kept at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.ingest.uploads import safe_name
from tests.helpers import titles, write

TEXT = b"An upload speaks of marmalade and of nothing else.\n"


def kept_files(library: Library) -> list[Path]:
    return sorted(path for path in library.folder.rglob("*") if "uploads" in path.parts and path.is_file())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notes.md", "notes.md"),
        ("../../x.md", "x.md"),
        ("..\\..\\x.md", "x.md"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\a.txt", "a.txt"),
        ("", "upload"),
        ("..", "upload"),
        ("  . ", "upload"),
        ("a/", "upload"),
        (".hidden.md", "hidden.md"),
        ("a\x00b\nc\x7f.md", "a_b_c_.md"),
        ('<a>"b"|c?*.md', "_a__b__c__.md"),
        ("Zürich 東京 😀.md", "Zürich 東京 😀.md"),
    ],
)
def test_a_name_becomes_a_plain_file_name(name: str, expected: str) -> None:
    assert safe_name(name) == expected


@pytest.mark.parametrize(
    "name", ["x" * 500 + ".md", "a." + "x" * 500, "東" * 300 + ".md", "bad\udcff.md", "a.m\udcffd", "\u202egpj.md"]
)
def test_any_name_fits_into_a_file_system(library: Library, name: str) -> None:
    cleaned = safe_name(name)
    assert 0 < len(cleaned.encode()) <= 180 and "/" not in cleaned and cleaned.isprintable()
    assert library.add_upload(name, TEXT).count("added") == 1
    assert [path.parent for path in kept_files(library)] == [library.folder / "uploads"]


def test_an_upload_is_found_and_removed_with_its_copy(library: Library) -> None:
    report = library.add_upload("../note.txt", TEXT)
    assert [(outcome.path, outcome.status) for outcome in report.files] == [("../note.txt", "added")]
    source = library.search("marmalade")[0].source
    assert source.upload and source.path == str(library.folder / "uploads" / "note.txt")
    library.remove(source.id)
    assert kept_files(library) == [] and library.sources() == []


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.parametrize("inside", ["", "uploads"])
def test_a_copy_is_deleted_though_another_of_its_name_is_in_a_folder_named_uploads(
    tmp_path: Path, inside: str, moved: bool
) -> None:
    folder = tmp_path / "library"
    with Library.open(folder, encoder=HashingEncoder()) as library:
        for each, text in (("", b"The tower was finished in 1931."), ("uploads", b"The bridge was finished in 1932.")):
            library.add_upload("note.txt", text, folder=each)
    if moved:
        folder = folder.rename(tmp_path / "moved")
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.remove([library.sources()[1 if inside else 0]])
        assert kept_files(library) == [folder / "uploads" / ("note.txt" if inside else "uploads/note.txt")]


@pytest.mark.parametrize("move", [Path.rename, shutil.copytree], ids=["moved", "copied"])
def test_a_library_whose_folder_was_moved_or_copied_has_its_uploads(
    tmp_path: Path, move: Callable[[Path, Path], Path]
) -> None:
    with Library.open(tmp_path / "before", encoder=HashingEncoder()) as library:
        library.add_upload("note.txt", b"The tower was finished in 1931.", folder="uploads")
    with Library.open(move(tmp_path / "before", tmp_path / "after"), encoder=HashingEncoder()) as library:
        library.sync()
        (source,) = library.sources()
        assert source.path == str(tmp_path / "after" / "uploads" / "uploads" / "note.txt")
        assert library.added.may_read(source)
        assert [outcome.status for outcome in library.read_again([source]).files] == ["unchanged"]


def test_the_same_upload_again_is_unchanged(library: Library) -> None:
    library.add_upload("note.txt", TEXT)
    assert library.add_upload("note.txt", TEXT).count("unchanged") == 1
    assert len(kept_files(library)) == len(library.sources()) == 1


def test_another_upload_of_one_name_is_kept_under_a_number(library: Library) -> None:
    library.add_upload("note.txt", TEXT)
    library.add_upload("note.txt", TEXT.replace(b"marmalade", b"chutney"))
    assert [path.name for path in kept_files(library)] == ["note (2).txt", "note.txt"]
    assert titles(library.search("chutney", k=1)) == ["note (2).txt"]
    assert titles(library.search("marmalade", k=1)) == ["note.txt"]


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x02" * 99, b"%PDF-1.4 broken"])
def test_what_cannot_be_read_is_not_kept(library: Library, data: bytes) -> None:
    report = library.add_upload("bad.pdf" if data[:1] == b"%" else "bad.txt", data)
    assert report.count("failed") == 1 and report.files[0].reason
    assert kept_files(library) == [] and library.sources() == []


def test_an_upload_that_is_broken_off_is_not_kept(library: Library) -> None:
    def stop(step: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add_upload("note.txt", TEXT, on_progress=stop)
    assert kept_files(library) == [] and library.sources() == []


def test_two_uploads_of_one_content_are_one_document(library: Library) -> None:
    library.add_upload("a.txt", TEXT)
    library.add_upload("b.txt", TEXT)
    assert (library.stats().sources, library.stats().documents) == (2, 1)
    library.remove("a.txt")
    assert titles(library.search("marmalade", k=1)) == ["b.txt"]


def test_a_document_of_the_users_own_keeps_no_upload_of_its_name(library: Library, tmp_path: Path) -> None:
    """Also when it lies in a folder that is called as the library's own."""
    library.add(write(tmp_path / "mine", {"uploads/note.txt": "My own note speaks of chutney."}) / "uploads")
    library.add_upload("note.txt", TEXT)
    library.remove([source.id for source in library.sources() if source.upload])
    assert kept_files(library) == []
    assert titles(library.search("chutney", k=1)) == ["note.txt"]


def test_a_folder_may_be_dropped_where_a_file_of_its_name_is_kept(library: Library) -> None:
    library.add_upload("readme", TEXT)
    report = library.add_upload("note.txt", b"A note in a folder.\n", folder="readme/deep")
    assert report.count("added") == 1
    kept = [path.relative_to(library.folder / "uploads").as_posix() for path in kept_files(library)]
    assert kept == ["readme", "readme (2)/deep/note.txt"]
