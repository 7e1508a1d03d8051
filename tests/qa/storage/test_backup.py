"""A library as one file: exported while others write, imported whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing
from copy import copy
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import FileUnreadable, LibraryDamaged, LibraryError, LibraryNotFound, LibraryTooNew
from qa.storage.backup import MANIFEST, export_library, import_library
from tests.helpers import TOWER, assert_quotes_are_slices, titles, write
from tests.qa.ingest.workers import Worker, kill_at
from tests.qa.storage.test_earlier_formats import EARLIER, LIBRARIES

QUESTION = "How tall is the iron tower?"


def opened(folder: Path) -> Library:
    return Library.open(folder, encoder=HashingEncoder(), create=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of a file and two uploads, and its export."""
    base = tmp_path_factory.mktemp("backup")
    with Library.open(base / "library", encoder=HashingEncoder()) as library:
        library.add(write(base / "docs", {"tower.md": TOWER}))
        library.add_upload("bridge.md", b"# Bridge\n\nThe wooden bridge was opened in 1932.", folder="old/uploads")
        library.add_upload("bridge.md", b"# Bridge\n\nThe stone bridge was opened in 1950.")
        conversation = library.conversation()
        answer = conversation.ask(QUESTION)
        assert answer.status == "answered"
        message = library.conversations.messages(conversation.id or 0)[0]
        library.conversations.rate(conversation.id or 0, message.id, "right")
    export_library(base / "library", base / "whole.zip")
    return base


@pytest.fixture
def file(made: Path, tmp_path: Path) -> Path:
    """A copy of the export, in a folder of its own to which it is imported."""
    return Path(shutil.copy(made / "whole.zip", tmp_path / "whole.zip"))


def test_an_imported_library_answers_with_the_same_quotes(made: Path, file: Path) -> None:
    folder = file.with_name("moved")
    import_library(file, folder)
    with opened(made / "library") as before, opened(folder) as after:
        for question in (QUESTION, "When was the wooden bridge opened?"):
            answer = after.ask(question)
            assert [each.quote for each in answer.citations] == [each.quote for each in before.ask(question).citations]
            assert_quotes_are_slices(after, answer)
        hit = after.search(QUESTION)[0]
        assert hit.detail.dense_rank and hit.detail.sparse_rank
        assert after.check(repair=False).problems == ()
        (conversation,) = after.conversations.all()
        assert after.conversations.messages(conversation.id)[0].feedback == "right"
        assert after.conversations.feedback_file.is_file()


def test_uploads_are_where_their_sources_say(file: Path) -> None:
    """Also in another folder, and they are removed with their documents."""
    folder = file.with_name("moved")
    import_library(file, folder)
    with opened(folder) as library:
        uploads = [Path(source.path) for source in library.sources() if source.upload]
        names = [path.relative_to(folder) for path in uploads]
        assert names == [Path("uploads/old/uploads/bridge.md"), Path("uploads/bridge.md")]
        assert b"1932" in uploads[0].read_bytes() and b"1950" in uploads[1].read_bytes()
        library.remove([str(uploads[0])])
    assert [path.is_file() for path in uploads] == [False, True]


def test_a_library_whose_folder_was_moved_is_exported_with_its_uploads(made: Path, tmp_path: Path) -> None:
    shutil.copytree(made / "library", tmp_path / "copied")
    export_library(tmp_path / "copied", tmp_path / "whole.zip")
    import_library(tmp_path / "whole.zip", tmp_path / "moved")
    with opened(tmp_path / "moved") as library:
        found = [Path(source.path) for source in library.sources() if source.upload]
    assert (tmp_path / "moved" / "uploads" / "bridge.md") in found
    assert all(path.is_file() for path in found)


def test_a_moved_library_is_exported_with_uploads_that_came_in_a_folder_named_uploads(tmp_path: Path) -> None:
    with Library.open(tmp_path / "before", encoder=HashingEncoder()) as library:
        library.add_upload("note.md", b"The tower was finished in 1931.")
        library.add_upload("note.md", b"The bridge was finished in 1932.", folder="uploads")
    (tmp_path / "before").rename(tmp_path / "after")
    export_library(tmp_path / "after", tmp_path / "whole.zip")
    import_library(tmp_path / "whole.zip", tmp_path / "moved")
    with opened(tmp_path / "moved") as library:
        read = [Path(source.path).read_bytes() for source in library.sources()]
    assert read == [b"The tower was finished in 1931.", b"The bridge was finished in 1932."]


def test_only_the_owner_reads_an_export_and_what_is_imported(file: Path) -> None:
    folder, again = file.with_name("moved"), file.with_name("library.db")
    import_library(file, folder)
    export_library(folder, again)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "library.db", again)] == [
        0o700, 0o600, 0o600,
    ]  # fmt: skip


def test_an_export_made_while_another_thread_adds_is_consistent(tmp_path: Path) -> None:
    docs = write(tmp_path / "docs", {f"d{n}.md": f"# D{n}\n\nThis speaks of subject{n}.\n" for n in range(40)})
    half, exported = threading.Event(), threading.Event()

    def wait(progress: object) -> None:
        half.set()
        exported.wait(60)

    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add_upload("tower.md", TOWER.encode())
        adding = threading.Thread(target=library.add, args=(docs,), kwargs={"on_progress": wait})
        adding.start()
        assert half.wait(60)
        export_library(library.folder, tmp_path / "during.zip")
        exported.set()
        for number in range(5):
            export_library(library.folder, tmp_path / f"{number}.zip")
        adding.join()
    for name in ("during", *range(5)):
        import_library(tmp_path / f"{name}.zip", tmp_path / f"imported{name}")
        with opened(tmp_path / f"imported{name}") as library:
            assert library.ask(QUESTION).text
            assert library.check(repair=False).problems == ()


@pytest.mark.parametrize("version", EARLIER)
def test_libraries_of_earlier_formats_are_exported_and_imported(version: int, tmp_path: Path) -> None:
    """Also those exports that an earlier version would have made."""
    shutil.unpack_archive(LIBRARIES / f"format{version}.zip", tmp_path / "old")
    database = (tmp_path / "old" / "library.db").read_bytes()
    pack(tmp_path / "of-old.zip", {"library.db": database})
    export_library(tmp_path / "old", tmp_path / "of-new.zip")
    for name in ("of-old", "of-new"):
        import_library(tmp_path / f"{name}.zip", tmp_path / name)
        with opened(tmp_path / name) as library:
            assert "330 metres" in library.ask(QUESTION).text
            assert titles(library.search("million tonnes of goods"))[:1] == ["harbour.pdf"]


def test_nothing_is_overwritten(made: Path, file: Path) -> None:
    with pytest.raises(LibraryError, match="exists already"):
        export_library(made / "library", file)
    before = (made / "library" / "library.db").read_bytes()
    with pytest.raises(LibraryError, match="already has a library"):
        import_library(file, made / "library")
    assert (made / "library" / "library.db").read_bytes() == before
    write(file.parent / "pictures", {"a.jpg": b"x"})
    with pytest.raises(LibraryError, match="is not empty"):
        import_library(file, file.parent / "pictures")
    (file.parent / "empty").mkdir()
    import_library(file, file.parent / "empty")


@pytest.mark.parametrize("exists", [False, True])
def test_a_link_to_the_folder_stays(file: Path, exists: bool) -> None:
    folder, link = file.with_name("library"), file.with_name("link")
    link.symlink_to(folder)
    if exists:
        folder.mkdir()
    import_library(file, link)
    assert link.is_symlink() and (folder / "library.db").is_file()
    with opened(link) as library:
        assert all(library.added.may_read(source) for source in library.sources() if source.upload)


def test_the_current_folder_is_not_replaced(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = file.with_name("current")
    folder.mkdir()
    monkeypatch.chdir(folder)
    with pytest.raises(LibraryError, match="current folder"):
        import_library(file, ".")
    assert folder.samefile(".") and list(folder.iterdir()) == []


def test_what_another_process_left_and_cannot_be_locked_is_let_be(made: Path, tmp_path: Path) -> None:
    left = tmp_path / ".whole.zip.x.partial" / "writer.lock"
    left.mkdir(parents=True)
    export_library(made / "library", tmp_path / "whole.zip")
    assert left.is_dir() and (tmp_path / "whole.zip").is_file()


def test_there_must_be_a_library_and_an_export(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound):
        export_library(tmp_path / "none", tmp_path / "whole.zip")
    with pytest.raises(FileUnreadable, match="no such file"):
        import_library(tmp_path / "whole.zip", tmp_path / "library")
    assert list(tmp_path.iterdir()) == []


# --- hostile and damaged files ----------------------------------------------------------------------------------------

Members = dict[str, bytes]


def pack(file: Path, members: Members, described: Members | None = None, form: object = 1) -> None:
    """An archive of these members, with a manifest of those that are ``described`` (default: the same)."""
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
        about = {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in (members if described is None else described).items()
        }
        archive.writestr(zipfile.ZipInfo(MANIFEST), json.dumps({"format": form, "members": about}))


def members_of(file: Path) -> Members:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != MANIFEST}


def changed_database(members: Members, folder: Path, *statements: str) -> Members:
    path = folder / "changed.db"
    path.write_bytes(members["library.db"])
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    content = path.read_bytes()
    path.unlink()
    return {**members, "library.db": content}


def assert_refused(file: Path, error: type[Exception], match: str) -> None:
    """One clear error, and nothing is left beside the file."""
    before = sorted(file.parent.rglob("*"))
    with pytest.raises(error, match=match):
        import_library(file, file.parent / "library")
    assert sorted(file.parent.rglob("*")) == before


OUTSIDE = ["../evil", "uploads/../../evil", "/evil", "uploads//evil", "uploads/./x", "writer.lock", "dense/index.faiss",
           "uploads/a\\..\\b", "uploads/C:x", "uploads/", "uploads/a\nb"]  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_members_of_other_names_are_refused(file: Path, name: str) -> None:
    pack(file, {**members_of(file), name: b"evil"})
    assert_refused(file, FileUnreadable, "does not belong in a library")


def test_links_are_refused(file: Path) -> None:
    members = members_of(file)
    pack(file, members, {**members, "uploads/link": b"/etc/passwd"})
    with zipfile.ZipFile(file, "a") as archive:
        info = zipfile.ZipInfo("uploads/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert_refused(file, FileUnreadable, "is not a file")


def test_compressed_members_are_refused(file: Path) -> None:
    """So that no small file becomes a large one."""
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("uploads/zeros.txt", b"0" * 10_000_000, zipfile.ZIP_DEFLATED)
    assert_refused(file, FileUnreadable, "is compressed")


def test_members_that_share_their_bytes_are_refused(file: Path) -> None:
    """Many entries of the archive's directory for one content: a bomb without compression."""
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(50):
            shared = copy(archive.getinfo("library.db"))
            shared.filename = f"uploads/{number}"
            archive.filelist.append(shared)
        archive._didModify = True  # type: ignore[attr-defined]
    assert_refused(file, FileUnreadable, "larger than itself")


@pytest.mark.parametrize("kind", ["other bytes", "swapped", "missing", "not described", "two of one name"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_that_are_not_as_the_manifest_says_are_refused(file: Path, kind: str) -> None:
    right = members_of(file)
    first, second = "uploads/bridge.md", "uploads/old/uploads/bridge.md"
    match kind:
        case "other bytes":
            pack(file, {**right, first: right[first].replace(b"1950", b"1951")}, right)
        case "swapped":
            pack(file, {**right, first: right[second], second: right[first]}, right)
        case "missing":
            pack(file, {name: content for name, content in right.items() if name != first}, right)
        case "not described":
            pack(file, {**right, "uploads/more.md": b"more"}, right)
        case _:
            with zipfile.ZipFile(file, "a") as archive:
                archive.writestr(first, right[first])
    assert_refused(file, FileUnreadable, "manifest|two members of one name")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_cut_off_file_is_refused(file: Path, share: float) -> None:
    os.truncate(file, int(file.stat().st_size * share))
    assert_refused(file, FileUnreadable, "damaged or no export")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.6, 0.9])
def test_a_damaged_file_is_refused(file: Path, share: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(len(content) * share)] ^= 0xFF
    file.write_bytes(content)
    assert_refused(file, FileUnreadable, "damaged or no export")


OTHER_FILES = [b"", b"PK", b"x" * 10_000, b"PK\x05\x06" + b"\xff" * 18, b"SQLite format 3\0" * 99]


@pytest.mark.parametrize("content", OTHER_FILES)
def test_another_file_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert_refused(file, FileUnreadable, "damaged or no export")


OTHER_MANIFESTS = [
    *("", "[]", "1", "[" * 100_000, '{"format": 1}', '{"format": "1", "members": {}}'),
    *('{"format": 0, "members": {}}', '{"format": 1, "members": {"library.db": 1}}'),
]


@pytest.mark.parametrize("text", OTHER_MANIFESTS)
def test_another_manifest_is_refused(file: Path, text: str) -> None:
    members = members_of(file)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in {**members, MANIFEST: text.encode()}.items():
            archive.writestr(name, content)
    assert_refused(file, FileUnreadable, "damaged or no export")


def test_newer_exports_and_libraries_are_refused_in_words(file: Path, tmp_path: Path) -> None:
    members = members_of(file)
    pack(file, members, form=2)
    assert_refused(file, LibraryTooNew, "Upgrade the program")
    pack(file, changed_database(members, tmp_path, "UPDATE meta SET value = '99' WHERE key = 'format'"))
    assert_refused(file, LibraryTooNew, "Upgrade the program")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER UPDATE ON sources BEGIN DELETE FROM documents; END",
        "CREATE VIEW evil AS SELECT * FROM meta",
        "CREATE VIRTUAL TABLE evil USING fts5(x)",
        "UPDATE sources SET path = 'uploads/../../../evil' WHERE upload AND id = 2",
        "UPDATE sources SET path = '/etc/passwd', upload = 1 WHERE id = 1",
        "DROP TABLE sources",
        "DROP TABLE passages",
        "CREATE TABLE more (text)",
        "DELETE FROM meta",
        "UPDATE meta SET value = '0' WHERE key = 'format'",
    ],
)
def test_databases_that_no_library_has_are_refused(file: Path, tmp_path: Path, statement: str) -> None:
    pack(file, changed_database(members_of(file), tmp_path, statement))
    assert_refused(file, FileUnreadable, "damaged or no export")


def test_a_damaged_database_is_refused(file: Path) -> None:
    members = members_of(file)
    database = bytearray(members["library.db"])
    database[4096 : 4096 + 2000] = b"\xff" * 2000
    pack(file, {**members, "library.db": bytes(database)})
    assert_refused(file, FileUnreadable, "damaged")


@pytest.mark.parametrize("link", [False, True], ids=["file", "folder"])
def test_nothing_outside_the_library_is_exported(made: Path, tmp_path: Path, link: bool) -> None:
    """A library of somebody else may hold links."""
    write(tmp_path / "private", {"bridge.md": b"secret"})
    folder = shutil.copytree(made / "library", tmp_path / "library")
    if link:
        shutil.rmtree(folder / "uploads")
        (folder / "uploads").symlink_to(tmp_path / "private")
    else:
        (folder / "uploads" / "bridge.md").unlink()
        (folder / "uploads" / "bridge.md").symlink_to(tmp_path / "private" / "bridge.md")
    with pytest.raises(LibraryDamaged, match="is a link"):
        export_library(folder, tmp_path / "whole.zip")
    assert not (tmp_path / "whole.zip").exists()


def test_an_upload_that_is_said_to_be_outside_is_not_exported(made: Path, tmp_path: Path) -> None:
    write(tmp_path / "private", {"bridge.md": b"secret"})
    folder = shutil.copytree(made / "library", tmp_path / "library")
    with closing(sqlite3.connect(folder / "library.db")) as connection, connection:
        outside = str(folder / "uploads" / ".." / ".." / "private" / "bridge.md")
        connection.execute("UPDATE sources SET path = ? WHERE id = (SELECT max(id) FROM sources)", (outside,))
    export_library(folder, tmp_path / "whole.zip")
    assert all(b"secret" not in content for content in members_of(tmp_path / "whole.zip").values())


# --- kills ------------------------------------------------------------------------------------------------------------

POINTS: list[tuple[str, int]] = [
    ("tempfile:mkdtemp", 1),
    ("qa.storage.backup:_checked", 1),
    ("qa.storage.backup:_copy", 1),
    ("qa.storage.backup:_copy", 2),
    ("qa.storage.backup:_check_database", 1),
    ("qa.storage.backup:_place_uploads", 1),
    ("qa.storage.sqlite.database:Database.write", 1),
    ("pathlib:Path.rename", 1),
    ("shutil:rmtree", 1),
]


def import_until_killed(pipe: Connection, file: Path, folder: Path, point: str, call: int) -> None:
    kill_at(point, call)
    import_library(file, folder)


def export_until_killed(pipe: Connection, folder: Path, file: Path, point: str, call: int) -> None:
    kill_at(point, call)
    export_library(folder, file)


@pytest.mark.parametrize(("point", "call"), POINTS)
def test_a_kill_leaves_no_library_or_a_whole_one(file: Path, point: str, call: int) -> None:
    folder = file.with_name("library")
    assert Worker(import_until_killed, file, folder, point, call).end() == -signal.SIGKILL
    if not folder.exists():
        with pytest.raises(LibraryNotFound):
            opened(folder)
        import_library(file, folder)
    with opened(folder) as library:
        assert "330 metres" in library.ask(QUESTION).text
        assert library.check(repair=False).problems == ()
    assert sorted(path.name for path in file.parent.iterdir()) == ["library", "whole.zip"]


@pytest.mark.parametrize("point", ["qa.storage.backup:_copied", "qa.storage.backup:_copy", "pathlib:Path.rename"])
def test_a_kill_leaves_no_half_export(made: Path, tmp_path: Path, point: str) -> None:
    file = tmp_path / "whole.zip"
    assert Worker(export_until_killed, made / "library", file, point, 1).end() == -signal.SIGKILL
    assert not file.exists()
    export_library(made / "library", file)
    assert list(tmp_path.iterdir()) == [file]
