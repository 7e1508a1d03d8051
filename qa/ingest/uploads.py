"""Uploaded files: copied into the library's folder, under names that cannot lead out of it."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from qa.files import write_whole, writing_to
from qa.storage.layout import below_uploads
from qa.storage.store import Change, Store
from qa.types import Source

_MAX_NAME_BYTES = 180
_UNSAFE = frozenset('<>:"|?*')
_MAX_SUFFIX_BYTES = 20
_MAX_FOLDERS = 8
"""Folders nested deeper than this are left out of the copy's path, as paths have a maximum length."""
_NOTED = "uploads"
"""Key in the store for the paths of copies, relative to the folder, that may have no source."""


class Uploads:
    """The uploaded copies of one library.

    A copy that may have no source is noted in the store before anything else happens, so that a kill leaves none
    behind: ``sweep`` deletes the noted ones without a source. The caller makes sure that nobody else writes meanwhile.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        """``folder``: created with the first upload."""
        self.folder, self._store, self._followed = folder, store, False

    def follow(self) -> None:
        """Let the sources of a library whose folder was moved or copied name the copies in it; needed only once."""
        if self._followed:
            return
        sources = [stored.source for stored in self._store.sources()]
        uploads = (each for each in sources if each.upload)
        here = {str(self.folder / below_uploads(each.path, self.folder)): each for each in uploads}
        for each in sources:  # what is in its place
            here.pop(each.path, None)
        found = {path: each for path, each in here.items() if self._has(path) and not self._has(each.path)}
        if found:
            with self._store.writing() as change:
                for path, each in found.items():
                    change.move_source(each.id, path, each.root, each.modified_ns)
        self._followed = True

    def save(self, name: str, data: bytes, inside: str = "") -> Path:
        """Save ``data`` and return its path: a free one, or that of a copy with this name and these bytes. To be
        followed by adding it as a source, and ``sweep``.

        ``inside``: the names of the folders that it was dropped with, separated by ``/``; they become part of its path.
        """
        path = self._free_path(name, data, inside)
        with self._store.writing() as change:
            change.put_names(_NOTED, [below_uploads(str(path), self.folder)])
        with writing_to(self.folder.parent):
            self.folder.mkdir(mode=0o700, exist_ok=True)
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_whole(path, data)
        return path

    def release(self, change: Change, sources: Iterable[Source]) -> None:
        """Note the copies of these sources, in the transaction that removes them; to be followed by ``sweep``."""
        change.put_names(_NOTED, [below_uploads(source.path, self.folder) for source in sources if source.upload])

    def sweep(self) -> None:
        """Delete the noted copies that no source has: of uploads that could not be read, were cut off or removed.

        A source of a library whose folder was moved still has the old path, so what is below the folder is compared.
        """
        names = self._store.names(_NOTED)
        if not names:
            return
        sources = [stored.source for stored in self._store.sources() if stored.source.upload]
        used = {below_uploads(source.path, self.folder) for source in sources}
        with writing_to(self.folder.parent):
            for path in filter(self.owns, map(self.folder.joinpath, names)):
                self._sweep(path, used)
        with self._store.writing() as change:
            change.put_names(_NOTED, [])

    def owns(self, path: str | Path) -> bool:
        """True if a path as the store has it is below the folder: a store from somebody else may name any file."""
        try:
            real = Path(os.path.realpath(path))
        except ValueError:  # no file can have this name
            return False
        return ".." not in Path(path).parts and Path(os.path.realpath(self.folder)) in real.parents

    def _has(self, path: str) -> bool:
        return self.owns(path) and os.path.isfile(path)

    def _sweep(self, path: Path, used: Collection[str]) -> None:
        for half_written in path.parent.glob(f".{glob.escape(path.name[:80])}.*.tmp"):
            half_written.unlink()
        if str(path.relative_to(self.folder)) not in used:
            path.unlink(missing_ok=True)
            _drop_empty(path.parent, self.folder)

    def _free_path(self, name: str, data: bytes, inside: str) -> Path:
        parts = [safe_name(part) for part in re.split(r"[/\\]", inside) if part.strip(" .")]
        folder = self.folder
        for part in parts[:_MAX_FOLDERS]:
            folder = _free(folder / part, Path.is_dir)
        return _free(folder / safe_name(name), lambda path: _same(path, data))


def safe_name(name: str) -> str:
    """Return the last part of ``name`` as a file name: visible, no separators, not hidden, at most 180 bytes."""
    last = re.split(r"[/\\]", name)[-1]
    last = "".join("_" if char in _UNSAFE or not char.isprintable() else char for char in last).strip(" .") or "upload"
    stem, suffix = os.path.splitext(last)
    if len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        stem, suffix = last, ""
    return stem.encode()[: _MAX_NAME_BYTES - len(suffix.encode())].decode("utf-8", "ignore") + suffix


def _free(path: Path, fits: Callable[[Path], bool]) -> Path:
    """Return ``path``, with a number in its name if something that does not fit is there."""
    found, number = path, 1
    while found.exists() and not fits(found):
        number += 1
        found = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return found


def _same(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _drop_empty(folder: Path, top: Path) -> None:
    """Delete the empty folders from this one up to ``top``, which stays."""
    while folder != top and folder.is_relative_to(top) and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
