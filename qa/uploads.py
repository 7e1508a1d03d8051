"""Files that were dropped on the page: copied into the library's folder, under names that cannot leave it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MAX_NAME_BYTES = 180
_UNSAFE = frozenset('<>:"|?*')
_MAX_SUFFIX_BYTES = 20


@dataclass(slots=True)
class Upload:
    """A copy that stays only when ``keep`` is set before the block ends."""

    path: Path
    keep: bool = False


@contextmanager
def kept(folder: Path, name: str, data: bytes) -> Iterator[Upload]:
    """Write ``data`` under a free name in ``folder``; a file of the same name and bytes is used again. The caller makes
    sure that nobody else does meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    path, exists = _place(folder, safe_name(name), data)
    upload = Upload(path, keep=False)
    temporary = folder / ".upload.tmp"
    try:
        if not exists:
            temporary.write_bytes(data)
            os.replace(temporary, path)
        yield upload
    finally:
        temporary.unlink(missing_ok=True)
        if not upload.keep and not exists:
            path.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """The last part of ``name`` as a file name: visible characters, no separators, not hidden, at most 180 bytes."""
    last = re.split(r"[/\\]", name)[-1]
    last = "".join("_" if char in _UNSAFE or not char.isprintable() else char for char in last).strip(" .") or "upload"
    stem, suffix = os.path.splitext(last)
    if len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        stem, suffix = last, ""
    return stem.encode()[: _MAX_NAME_BYTES - len(suffix.encode())].decode("utf-8", "ignore") + suffix


def _place(folder: Path, name: str, data: bytes) -> tuple[Path, bool]:
    """A path that is free, or taken by the same bytes (True)."""
    stem, suffix = os.path.splitext(name)
    path, number = folder / name, 1
    while path.exists():
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return path, True
        number += 1
        path = folder / f"{stem} ({number}){suffix}"
    return path, False
