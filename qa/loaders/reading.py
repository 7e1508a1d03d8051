"""Reading files from disk, each in a guarded process, within the limits of the settings."""

from __future__ import annotations

import atexit
import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from qa.errors import FileTooHeavy, FileUnreadable
from qa.loaders.ocr.scan import Scan, Scans
from qa.loaders.sandbox.parent import IsolatedReader, Limits
from qa.types import Document

if TYPE_CHECKING:
    from qa.settings import Settings

_idle: list[IsolatedReader] = []
"""Lent to the next ``FileReader``, because a process takes 0.3 s to start. They end by themselves when nobody asks."""
_MAX_IDLE = 2


class FileReader:
    """Reads files; a context manager that gives its process back. For one thread.

    The process is started, or borrowed, with the first file.
    """

    def __init__(self, settings: Settings, *, seconds: float | None = None) -> None:
        """``seconds``: for each call; default, those of the settings for reading a file."""
        self._max_file_bytes = settings.max_file_bytes
        self._limits = Limits(seconds or settings.read_seconds, settings.read_memory_bytes, settings.max_text_chars)
        self._isolated: IsolatedReader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path, scans: Scans | None = None) -> Document:
        """The document of the file at ``path``. ``scans``: what OCR has found on its pages. Raises ``FileError`` and
        nothing else."""
        return self._process(path).read(path, scans)

    def scan(self, path: Path, page: int) -> Scan:
        """What OCR finds on a page (0-based) of the file at ``path``. Raises as ``read``."""
        return self._process(path).scan(path, page)

    def _process(self, path: Path) -> IsolatedReader:
        """The process, for a file that is not too large."""
        name, limit = str(path), self._max_file_bytes
        try:
            size = path.stat().st_size
        except OSError as error:
            raise FileUnreadable(name, f"cannot be opened: {error.strerror}") from error
        if size > limit:
            raise FileTooHeavy(name, f"has {size:,} bytes; the limit is {limit:,} (VERBATIM_MAX_FILE_BYTES)")
        if self._isolated is None:
            self._isolated = _borrowed(self._limits)
        return self._isolated

    def close(self) -> None:
        """Give the process back, if one was used; ``read`` may be called again afterwards."""
        if self._isolated is not None:
            _idle.append(self._isolated)
            self._isolated = None
        while len(_idle) > _MAX_IDLE:
            _idle.pop(0).close()


def _borrowed(limits: Limits) -> IsolatedReader:
    for reader in _idle:
        if reader.limits == limits:
            try:
                _idle.remove(reader)
            except ValueError:  # another thread was faster
                continue
            return reader
    return IsolatedReader(limits)


def _close_idle() -> None:
    while _idle:
        _idle.pop().close()


atexit.register(_close_idle)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # those processes are the parent's
