"""Files that were dropped on the page: copied into the library's folder, under names that cannot leave it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_MAX_NAME_BYTES = 180
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')


@dataclass(slots=True)
class Upload:
    """A copy that stays only when ``keep`` is set before the block ends."""

    path: Path
    keep: bool = False


@contextmanager
def kept(folder: Path, name: str, data: bytes) -> Iterator[Upload]:
    """Write ``data`` under a free name in ``folder``; a file of the same name and bytes is used again."""
    folder.mkdir(parents=True, exist_ok=True)
    path, exists = _place(folder, safe_name(name), data)
    upload = Upload(path, keep=False)
    try:
        if not exists:
            temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
            temporary.write_bytes(data)
            os.replace(temporary, path)
        yield upload
    finally:
        if not upload.keep and not exists:
            path.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """The last part of ``name`` as a file name: no separators or control characters, not hidden, at most 180 bytes."""
    name = _UNSAFE.sub("_", re.split(r"[/\\]", name)[-1]).strip(" .") or "upload"
    stem, suffix = os.path.splitext(name)
    room = _MAX_NAME_BYTES - len(suffix.encode())
    return stem.encode("utf-8", "replace")[: max(room, 1)].decode("utf-8", "ignore") + suffix


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
