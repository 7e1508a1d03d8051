"""Atomic file writes, foreign files opened with care, and write errors in our words."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from qa.errors import LibraryNotWritable


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file so that at any moment either the old or the new one is there. Raises ``OSError``.

    Text is written as UTF-8. Only the file's owner can read it. A link at ``path`` is replaced, not followed.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:80]}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def open_foreign(path: str | Path) -> BinaryIO:
    """Open a file for reading that may meanwhile be a pipe or a device, of which reading might never end. Raises
    ``OSError`` for these, too."""
    stream = os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)), "rb")
    if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
        stream.close()
        raise OSError(errno.EINVAL, "not a regular file")
    return stream


@contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` from writing into a library's folder into ``LibraryNotWritable``."""
    try:
        yield
    except OSError as error:
        raise LibraryNotWritable(f"{folder} cannot be written: {error}. What was saved before is intact.") from error
