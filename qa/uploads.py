"""Files that were dropped on the page: copied into the library's folder, under names that cannot leave it."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from pathlib import Path

_MAX_NAME_BYTES = 180
_UNSAFE = frozenset('<>:"|?*')
_MAX_SUFFIX_BYTES = 20
_MAX_FOLDERS = 8
"""Folders in folders beyond this are left out of the kept place: paths have a limit too."""
_TEMPORARY = ".upload.tmp"


def place(folder: Path, name: str, data: bytes, inside: str = "") -> Path:
    """Where ``data`` is to be kept: a free path in ``folder``, or that of a kept file of this name and these bytes.

    ``inside``: the names of the folders it was dropped with, separated by ``/``, which its place keeps.
    """
    parts = [safe_name(part) for part in re.split(r"[/\\]", inside) if part.strip(" .")]
    folder = folder.joinpath(*parts[:_MAX_FOLDERS])
    stem, suffix = os.path.splitext(safe_name(name))
    path, number = folder / (stem + suffix), 1
    while path.exists() and not _same(path, data):
        number += 1
        path = folder / f"{stem} ({number}){suffix}"
    return path


def write(folder: Path, path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` in ``folder`` in one step, unless it is there already. The caller makes sure that
    nobody else writes meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        temporary = folder / _TEMPORARY
        try:
            temporary.write_bytes(data)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def sweep(folder: Path, names: Iterable[str], kept: Collection[str]) -> None:
    """Delete those of the copies ``names`` (relative to ``folder``) that no source has. ``kept``: the sources' paths.

    A source of a library whose folder was moved still names the old place, so the ends of the paths are compared.
    """
    (folder / _TEMPORARY).unlink(missing_ok=True)
    for name in names:
        end = f"{os.sep}{folder.name}{os.sep}{name}"
        if not any(path.endswith(end) for path in kept):
            path = folder / name
            path.unlink(missing_ok=True)
            _drop_empty(path.parent, folder)


def relative(path: str, folder: Path) -> str:
    """The part of an upload's path below the folder ``uploads``, also of one that lay elsewhere before."""
    _, mark, name = path.rpartition(f"{os.sep}{folder.name}{os.sep}")
    return os.path.relpath(path, folder) if Path(path).is_relative_to(folder) else name if mark else Path(path).name


def safe_name(name: str) -> str:
    """The last part of ``name`` as a file name: visible characters, no separators, not hidden, at most 180 bytes."""
    last = re.split(r"[/\\]", name)[-1]
    last = "".join("_" if char in _UNSAFE or not char.isprintable() else char for char in last).strip(" .") or "upload"
    stem, suffix = os.path.splitext(last)
    if len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        stem, suffix = last, ""
    return stem.encode()[: _MAX_NAME_BYTES - len(suffix.encode())].decode("utf-8", "ignore") + suffix


def _same(path: Path, data: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data


def _drop_empty(folder: Path, top: Path) -> None:
    """Delete the folders that have nothing in them any more, up to ``top``, which stays."""
    while folder != top and folder.is_relative_to(top) and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
