"""Atomic file writes, and write errors in our words."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from qa.errors import LibraryNotWritable


def write_whole(path: Path, content: str | bytes, *, mode: int | None = None) -> None:
    """Write a file so that at any moment either the old or the new one is there. Raises ``OSError``.

    Text is written as UTF-8. ``mode``: the file's permissions; None: those of any new file.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` from writing into a library's folder into ``LibraryNotWritable``."""
    try:
        yield
    except OSError as error:
        raise LibraryNotWritable(f"{folder} cannot be written: {error}. What was saved before is intact.") from error


def _umask() -> int:
    """Return the permission bits that this process denies to new files; they can only be read by setting them."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
