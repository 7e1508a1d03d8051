"""A library as one file: for backups, and to move it to another folder or machine.

The file is an uncompressed ZIP archive of ``library.db``, the uploads, the evaluation and the feedback, with the size
and the hash of each in a manifest. The indexes are left out: they are made again from the database. Uploads are named
in the database by paths relative to the folder, so that they are found wherever the library is put.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from qa.errors import FileUnreadable, LibraryBusy, LibraryError, LibraryNotWritable, LibraryTooNew
from qa.files import writing_to
from qa.storage.layout import Layout, below_uploads
from qa.storage.lock import WriteLock
from qa.storage.sqlite import schema
from qa.storage.sqlite.database import Database
from qa.storage.sqlite.foreign import refuse_programs

FORMAT_VERSION = 1
MANIFEST = "manifest.json"
_DATABASE = "library.db"
_FILES = frozenset({_DATABASE, "evaluation.json", "feedback.jsonl"})
_UPLOADS = "uploads/"
_MANIFEST_BYTES = 16 * 1024 * 1024
"""Enough for the names of 100,000 uploads."""
_STAGING = ".partial"
_CHUNK = 1 << 20
_COLUMNS = """
    SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite|_%' ESCAPE '|' ORDER BY 1, c.cid
"""
_SAFE_PART = re.compile(r"(?!\.{1,2}$)[^/\\:\x00-\x1f]{1,255}")


def export_library(folder: str | Path, file: str | Path) -> None:
    """Save the library in ``folder`` as ``file``, readable by its owner only; others may write to it meanwhile.

    Raises what opening a library raises, ``LibraryError`` when the file is there already, and ``LibraryNotWritable``
    when it cannot be written.
    """
    folder, file = _absolute(folder), _absolute(file)
    layout = Layout(folder)
    layout.check()
    if os.path.lexists(file):
        raise LibraryError(f"{file} exists already. Choose another name, or delete it first.")
    with (
        closing(Database(layout.database, create=False)) as database,
        writing_to(file.parent),
        _staging(file) as staging,
    ):
        copy, whole = staging / _DATABASE, staging / "whole"
        members = {_DATABASE: copy, **_copied(database, copy, layout)}
        for path in (layout.evaluation, layout.feedback):
            if path.is_file():
                members[path.name] = path
        with _new_file(whole) as stream:
            _pack(members, stream)
            stream.flush()
            os.fsync(stream.fileno())
        whole.rename(file)


def import_library(file: str | Path, folder: str | Path) -> None:
    """Put the library that ``export_library`` saved as ``file`` into ``folder``, which must be empty or absent.

    Everything is checked before anything is put in place; after an error or a kill, ``folder`` is as it was. Raises
    ``FileUnreadable`` when the file is damaged or no export, ``LibraryTooNew``, ``LibraryError`` when the folder is
    taken, and ``LibraryNotWritable``.
    """
    folder, file = _absolute(folder), _absolute(file)
    if folder.is_dir() and any(folder.iterdir()):
        what = "already has a library" if Layout(folder).database.exists() else "is not empty"
        raise LibraryError(f"{folder} {what}. Choose another folder with --library.")
    place = Path(os.path.realpath(folder))  # a link to the folder stays
    with writing_to(folder):
        if place.is_dir() and (os.path.ismount(place) or place.samefile(os.curdir)):
            raise LibraryError(
                f"{folder} is the current folder or the root of a drive, which cannot be replaced by a library. "
                "Choose a folder in it with --library."
            )
        place.parent.mkdir(parents=True, exist_ok=True)
        with _staging(place) as staging:
            with _reading(file), file.open("rb") as stream, zipfile.ZipFile(stream) as archive:
                _unpack(archive, _checked(archive, file), staging)
                _check_database(staging / _DATABASE, file)
                _place_uploads(staging / _DATABASE, folder)
            with suppress(FileNotFoundError):
                place.rmdir()
            staging.rename(place)


def _copied(database: Database, copy: Path, layout: Layout) -> dict[str, Path]:
    """Copy the database as it is at one moment, with uploads named by relative paths; return the uploads by these."""
    uploads: dict[str, Path] = {}
    _new_file(copy).close()
    with database.errors(), closing(sqlite3.connect(copy, isolation_level=None)) as target:
        database.connection.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file holds everything
        target.execute("PRAGMA trusted_schema = OFF")
        for source_id, path in target.execute("SELECT id, path FROM sources WHERE upload").fetchall():
            name = _UPLOADS + below_uploads(path, layout.uploads)
            target.execute("UPDATE OR REPLACE sources SET path = ? WHERE id = ?", (name, source_id))
            if _is_safe(name) and (layout.folder / name).is_file():
                uploads[name] = layout.folder / name
    return uploads


def _pack(members: dict[str, Path], stream: IO[bytes]) -> None:
    described: dict[str, dict[str, Any]] = {}
    with zipfile.ZipFile(stream, "w") as archive:
        for name, path in members.items():
            with (
                suppress(FileNotFoundError),
                path.open("rb") as content,
                archive.open(name, "w", force_zip64=True) as member,
            ):
                described[name] = _copy(content, member)  # unless it was removed meanwhile
        manifest = json.dumps({"format": FORMAT_VERSION, "members": described})
        if len(manifest) > _MANIFEST_BYTES:
            raise LibraryError(
                f"the library has too many uploads for one file: {len(members):,}. Copy its folder instead."
            )
        archive.writestr(zipfile.ZipInfo(MANIFEST), manifest)


def _checked(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """The manifest's members, when the archive has just these, under names that this program gives, and no more bytes
    than the file itself. Raises ``ValueError`` or ``LibraryTooNew``."""
    infos = {info.filename: info for info in archive.infolist()}
    if len(infos) != len(archive.infolist()):
        raise ValueError("it has two members of one name")
    for info in infos.values():
        _check_member(info)
    if sum(info.file_size for info in infos.values()) > file.stat().st_size:
        raise ValueError("its members are larger than itself")
    if MANIFEST not in infos or infos[MANIFEST].file_size > _MANIFEST_BYTES:
        raise ValueError("it has no manifest, or one that is too large")
    manifest = json.loads(archive.read(MANIFEST))
    if manifest["format"] > FORMAT_VERSION:
        raise _too_new(file)
    members: dict[str, Any] = manifest["members"]
    if manifest["format"] != FORMAT_VERSION or infos.keys() != {MANIFEST, *members} or _DATABASE not in members:
        raise ValueError("its members are not those of its manifest")
    return members


def _check_member(info: zipfile.ZipInfo) -> None:
    name = info.filename
    if name not in _FILES and name != MANIFEST and not (name.startswith(_UPLOADS) and _is_safe(name)):
        raise ValueError(f"its member {name!r} does not belong in a library")
    if info.compress_type != zipfile.ZIP_STORED or stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
        raise ValueError(f"its member {name!r} is compressed or is not a file")


def _unpack(archive: zipfile.ZipFile, members: dict[str, Any], folder: Path) -> None:
    for name, described in members.items():
        path = folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with archive.open(name) as content, _new_file(path) as stream:
            if _copy(content, stream) != described:
                raise ValueError(f"its member {name!r} is not as its manifest says")
            stream.flush()
            os.fsync(stream.fileno())


def _check_database(path: Path, file: Path) -> None:
    """Raises ``ValueError``, ``LibraryDamaged``, ``sqlite3.DatabaseError`` or ``LibraryTooNew``."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        refuse_programs(path, connection)
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise ValueError(f"its database is damaged: {found}")
        (found,) = connection.execute("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'format'").fetchone()
        if found > schema.FORMAT_VERSION:
            raise _too_new(file)


def _place_uploads(path: Path, folder: Path) -> None:
    """Bring the database to the current format, with the paths that its uploads will have. Raises ``ValueError``."""
    with closing(Database(path, create=False)) as database, database.write() as connection:
        with closing(sqlite3.connect(":memory:")) as new:
            schema.create_tables(new)
            if connection.execute(_COLUMNS).fetchall() != new.execute(_COLUMNS).fetchall():
                raise ValueError("its database does not have the tables of a library")
        for source_id, name in connection.execute("SELECT id, path FROM sources WHERE upload").fetchall():
            if not name.startswith(_UPLOADS) or not _is_safe(name):
                raise ValueError(f"its database has an upload outside of the library: {name!r}")
            connection.execute("UPDATE sources SET path = ? WHERE id = ?", (str(folder / name), source_id))


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A folder beside ``target`` in which it is made; gone at the end. Those that killed processes left are deleted; a
    process that still runs holds the lock of its own."""
    prefix = f".{target.name[:80]}."
    for left in target.parent.glob(f"{glob.escape(prefix)}*{_STAGING}"):
        if left.is_dir() and not left.is_symlink():
            with suppress(LibraryBusy, LibraryNotWritable), WriteLock(Layout(left).lock).held():
                shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix, suffix=_STAGING))
    try:
        with WriteLock(Layout(folder).lock).held():
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    """Turn what a hostile, damaged or missing archive raises into ``FileUnreadable``."""
    if not file.is_file():
        raise FileUnreadable(str(file), "there is no such file.")
    try:
        yield
    except (OSError, LibraryNotWritable, LibraryTooNew):
        raise
    except Exception as error:  # whatever ``zipfile``, ``json``, ``sqlite3`` and a migration make of it
        reason = f"it is damaged or no export of a library: {error}. Nothing was imported."
        raise FileUnreadable(str(file), reason) from error


def _too_new(file: Path) -> LibraryTooNew:
    return LibraryTooNew(f"{file} was made by a newer version of the program. Upgrade the program to import it.")


def _copy(source: IO[bytes], target: IO[bytes]) -> dict[str, Any]:
    """Copy all and return its description for the manifest."""
    digest, size = hashlib.sha256(), 0
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        size += target.write(chunk)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _is_safe(name: str) -> bool:
    return all(map(_SAFE_PART.fullmatch, name.split("/")))


def _absolute(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()


def _new_file(path: Path) -> IO[bytes]:
    """A file that was not there, for its owner only."""
    return open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600))
