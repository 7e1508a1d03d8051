"""A library folder may come from somebody else: whatever is in it, no file outside of it is read, written or deleted,
nobody is contacted, and what cannot be used says so."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library, VerbatimError
from qa.errors import LibraryDamaged, ModelError
from tests.helpers import write

SECRET = "Nobody else may ever see the xylophone thesis."
Poison = Callable[[Path, Path], None]
"""Changes one thing in a library's folder so that it leads to the victim, a file of the user outside."""
_opened: list[str] = []
"""Paths that Python code has opened."""


def _note_opened(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        _opened.append(os.fsdecode(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def watched() -> None:
    sys.addaudithook(_note_opened)  # there is no way to remove one


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    return write(tmp_path / "victim", {"thesis.txt": SECRET}) / "thesis.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed library with a document, an upload, a rated answer and the outcome of an evaluation."""
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        library.add(write(tmp_path / "documents", {"pear.md": "# Pears\n\nThe pear tree prefers deep soil.\n"}))
        library.add_upload("plum.md", b"# Plums\n\nThe plum tree flowers in spring.\n", folder="fruit")
        chat = library.conversation()
        chat.ask("What does the pear tree prefer?")
        message = library.conversations.messages(chat.id)[-1]
        library.conversations.rate(chat.id, message.id, "right")
    return tmp_path / "library"


def link(name: str, to_folder: bool = False) -> Poison:
    def poison(folder: Path, victim: Path) -> None:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        path.parent.mkdir(exist_ok=True)
        path.symlink_to(victim.parent if to_folder else victim)

    return poison


def instead(name: str, make: Callable[[Path], object]) -> Poison:
    """Something made at the place of a file."""

    def poison(folder: Path, _victim: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        make(folder / name)

    return poison


def sql(*statements: str) -> Poison:
    """``?``: the victim's path."""

    def poison(folder: Path, victim: Path) -> None:
        connection = sqlite3.connect(folder / "library.db")
        for statement in statements:
            connection.execute(statement, (str(victim),) * statement.count("?"))
        connection.commit()
        connection.close()

    return poison


def meta(key: str, value: Callable[[Path], str]) -> Poison:
    def poison(folder: Path, victim: Path) -> None:
        connection = sqlite3.connect(folder / "library.db")
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value(victim)))
        connection.commit()
        connection.close()

    return poison


def managed(name: Callable[[Path], str]) -> Poison:
    """The keyword index deletes the files of this list that it does not need."""

    def poison(folder: Path, victim: Path) -> None:
        listed = folder / "sparse" / ".managed.json"
        listed.write_text(json.dumps([*json.loads(listed.read_text()), name(victim)]))

    return poison


def journal(folder: Path, victim: Path) -> None:
    """A journal that names a further one, which SQLite deletes."""
    magic, name = bytes.fromhex("d9d505f920a163d7"), str(victim).encode()
    pages = (folder / "library.db").stat().st_size // 4096
    head = b"".join(number.to_bytes(4, "big") for number in (0, 1, pages, 512, 4096))
    page, check = 2**30 // 4096 + 1, sum(name)
    end = page.to_bytes(4, "big") + name + len(name).to_bytes(4, "big") + check.to_bytes(4, "big")
    (folder / "library.db-journal").write_bytes((magic + head).ljust(512, b"\0") + end + magic)


def other_faiss_index(folder: Path, victim: Path) -> None:
    """A kind of index whose rows are in a further file."""
    import faiss
    import numpy as np

    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(4), 4, 2)
    rows = np.eye(4, dtype=np.float32)
    index.train(rows)  # type: ignore[call-arg]
    invlists = faiss.OnDiskInvertedLists(index.nlist, index.code_size, str(victim.parent / "rows"))
    index.replace_invlists(invlists)
    index.add(rows)  # type: ignore[call-arg]
    faiss.write_index(index, str(folder / "dense" / "index.faiss"))


def huge_faiss_index(folder: Path, _victim: Path) -> None:
    path = folder / "dense" / "index.faiss"
    data = bytearray(path.read_bytes())
    data[8:16] = data[45:53] = (2**40).to_bytes(8, "little")
    path.write_bytes(data)


DEEP = "[" * 200_000
POISONS: dict[str, Poison] = {
    **{f"link:{name}": link(name) for name in (
        "library.db", "library.db-wal", "library.db-shm", "library.db-journal", "writer.lock", "evaluation.json",
        "feedback.jsonl", "dense/index.faiss", "dense/index.tmp", "sparse/meta.json", "sparse/.managed.json",
        "sparse/.tantivy-writer.lock", "uploads/fruit/plum.md", "uploads/.upload.tmp",
    )},
    **{f"link:{name}": link(name, to_folder=True) for name in ("dense", "sparse", "uploads", "uploads/fruit")},
    **{f"folder:{name}": instead(name, Path.mkdir) for name in (
        "library.db", "writer.lock", "evaluation.json", "feedback.jsonl", "dense/index.faiss", "dense/index.tmp",
        "sparse/meta.json",
    )},
    **{f"pipe:{name}": instead(name, os.mkfifo) for name in ("evaluation.json", "writer.lock", "dense/index.faiss")},
    "uploads: up": meta("uploads", lambda victim: json.dumps(["../../victim/thesis.txt"])),
    "uploads: absolute": meta("uploads", lambda victim: json.dumps([str(victim)])),
    "uploads: down and up": meta("uploads", lambda victim: json.dumps(["fruit/../../../victim/thesis.txt"])),
    "uploads: itself": meta("uploads", lambda victim: json.dumps(["", ".", "..", "fruit/.."])),
    "uploads: no names": meta("uploads", lambda victim: json.dumps(["a\0b", "\ud800", "x" * 70_000])),
    "uploads: no list": meta("uploads", lambda victim: "5"),
    "uploads: deep": meta("uploads", lambda victim: DEEP),
    "upload elsewhere": sql("UPDATE sources SET path = ? WHERE upload"),
    "upload up": sql("UPDATE sources SET path = replace(path, 'fruit', '../../victim') WHERE upload"),
    "file elsewhere": sql("UPDATE sources SET path = ?, root = NULL WHERE NOT upload"),
    "root elsewhere": sql("UPDATE sources SET root = rtrim(?, 'thesis.txt') WHERE NOT upload"),
    "root up": sql("UPDATE sources SET root = root || '/../victim' WHERE NOT upload"),
    "managed: up": managed(lambda victim: "../../victim/thesis.txt"),
    "managed: absolute": managed(str),
    "journal": journal,
    "faiss: other kind": other_faiss_index,
    "faiss: huge": huge_faiss_index,
    "trigger": sql("CREATE TRIGGER t AFTER UPDATE ON meta BEGIN DELETE FROM sources; END"),
    "view": sql(
        "ALTER TABLE meta RENAME TO m",
        "CREATE VIEW meta AS WITH RECURSIVE r(value, key) AS (SELECT '1', 'format' UNION ALL SELECT * FROM r) "
        "SELECT key, value FROM r",
    ),
    "virtual table": sql("CREATE VIRTUAL TABLE v USING fts5(x)"),
    "format: long": meta("format", lambda victim: "9" * 5000),
    "generation: no number": sql("UPDATE meta SET value = 'x' WHERE key = 'generation'"),
    "dim: no number": meta("dim", lambda victim: "x"),
    "dim: other": meta("dim", lambda victim: "3"),
    "dim: huge": meta("dim", lambda victim: str(10**12)),
    "evaluation: deep": lambda folder, victim: (folder / "evaluation.json").write_text(DEEP) and None,
    "answer: deep": sql(f"UPDATE messages SET answer = '{DEEP}'"),
    "document: no details": sql("UPDATE documents SET details = x'00'"),
    "document: no object": sql("UPDATE documents SET metadata = '[1]'"),
}  # fmt: skip


def uses(folder: Path, tmp_path: Path) -> Iterator[Callable[[], object]]:
    """Everything that one does with a library; the first fails where it cannot even be opened."""
    with Library.open(folder, encoder=HashingEncoder()) as library:
        yield lambda: library.search("pear tree")
        yield lambda: library.ask("What does the pear tree prefer?")
        yield lambda: [library.document(source.document_id) for source in library.sources()]
        yield lambda: [library.conversations.messages(each.id) for each in library.conversations.all()]
        yield lambda: library.error_rate()
        yield lambda: library.sync()
        yield lambda: library.add(write(tmp_path / "more", {"apple.md": "# Apples\n\nThe apple is red.\n"}))
        yield lambda: library.add_upload("fig.md", b"# Figs\n\nThe fig is sweet.\n", folder="fruit")
        yield lambda: library.read_again(library.sources())
        yield lambda: library.check(repair=False)
        yield lambda: library.check()
        yield lambda: [library.conversations.delete(each.id) for each in library.conversations.all()]
        yield lambda: library.remove([source.id for source in library.sources()])
        yield lambda: library.search("thesis")


@pytest.mark.parametrize("name", POISONS)
def test_a_library_from_somebody_else_reaches_nothing_outside(
    name: str, folder: Path, victim: Path, tmp_path: Path
) -> None:
    POISONS[name](folder, victim)
    before = {path: path.read_bytes() for path in victim.parent.iterdir()}
    _opened.clear()
    with suppress(VerbatimError):
        for use in uses(folder, tmp_path):
            with suppress(VerbatimError):
                use()
    assert not [path for path in _opened if Path(os.path.realpath(path)).is_relative_to(victim.parent)]
    assert {path: path.read_bytes() for path in victim.parent.iterdir()} == before
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert not [path for path in files if b"xylophone" in path.read_bytes()]


@pytest.mark.parametrize("name", [name for name in POISONS if name.startswith(("link:", "pipe:"))])
def test_what_leads_out_of_the_folder_is_named_with_what_to_do(name: str, folder: Path, victim: Path) -> None:
    POISONS[name](folder, victim)
    with pytest.raises(LibraryDamaged, match=rf"{name.partition(':')[2]} is a link or.*delete it\.$"):
        Library.open(folder, encoder=HashingEncoder())


def model_folder(victim: Path) -> str:
    (victim.parent / "config.json").write_text("{}")
    return f"{victim.parent}@123456789abc"


@pytest.mark.parametrize("name", [lambda victim: "nobody/model@123456789abc", model_folder])
def test_a_model_that_only_the_library_names_is_neither_fetched_nor_loaded_from_a_folder(
    name: Callable[[Path], str], folder: Path, victim: Path, caplog: pytest.LogCaptureFixture
) -> None:
    meta("model", name)(folder, victim)
    _opened.clear()
    with (
        Library.open(folder) as library,
        pytest.raises(ModelError, match=r"Only the library in .* names it, .*--model .*qa check --reencode --model"),
    ):
        library.search("pear tree")
    assert "Fetching" not in caplog.text
    assert not [path for path in _opened if path.startswith(str(victim.parent))]


def test_all_files_of_a_library_are_for_its_owner_only(folder: Path) -> None:
    before = os.umask(0)
    try:
        with Library.open(folder.with_name("new"), encoder=HashingEncoder()) as library:
            library.add(folder.parent / "documents")
            library.add_upload("plum.md", b"# Plums\n\nThe plum tree flowers in spring.\n", folder="fruit")
            chat = library.conversation()
            chat.ask("What does the pear tree prefer?")
            library.conversations.rate(chat.id, library.conversations.messages(chat.id)[-1].id, "right")
            modes = {path: path.stat().st_mode & 0o777 for path in library.folder.rglob("*")}
            assert library.folder.stat().st_mode & 0o777 == 0o700
    finally:
        os.umask(before)
    shown = {path.relative_to(library.folder).as_posix(): oct(mode) for path, mode in modes.items()}
    assert {"library.db-wal", "feedback.jsonl", "dense/index.faiss", "uploads/fruit/plum.md"} <= set(shown)
    private = {name for name, mode in shown.items() if mode in ("0o600", "0o700")}
    inside = {name for name in shown if name.startswith(("sparse/", "uploads/"))}  # of folders nobody else may enter
    assert set(shown) - inside <= private
    assert {"sparse", "uploads", "dense"} <= private
    assert not [name for name in inside - private if not name.endswith(".lock") and name != "uploads/fruit"]


def test_a_folder_that_was_not_added_here_is_read_once_the_user_has_said_so(folder: Path, victim: Path) -> None:
    sql("UPDATE sources SET root = rtrim(?, '/thesis.txt') WHERE NOT upload")(folder, victim)
    with Library.open(folder, encoder=HashingEncoder()) as library:
        (outcome,) = library.sync().files
        assert (outcome.path, outcome.status, outcome.notes[0].code) == (
            str(victim.parent), "failed", "sync_unconfirmed"
        )  # fmt: skip
        assert library.added.unconfirmed(library.sources()) == [str(victim.parent)]
        library.added.trust(library.sources())
        assert [each.status for each in library.sync().files if each.path == str(victim)] == ["added"]
        assert library.added.unconfirmed(library.sources()) == []


def test_a_folder_that_the_user_names_is_read(folder: Path, victim: Path) -> None:
    sql("UPDATE sources SET root = rtrim(?, '/thesis.txt') WHERE NOT upload")(folder, victim)
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.sync(victim.parent)
        assert library.added.unconfirmed(library.sources()) == []


def test_a_library_that_was_copied_from_elsewhere_is_asked_about_again(folder: Path) -> None:
    copy = shutil.copytree(folder, folder.with_name("copy"))
    with Library.open(copy, encoder=HashingEncoder()) as library:
        assert library.added.unconfirmed(library.sources()) == [str(folder.parent / "documents")]
        (read,) = [source for source in library.sources() if not source.upload]
        (outcome,) = library.read_again([read]).files
        assert (outcome.status, "not added on this machine" in outcome.reason) == ("kept_old", True)
