"""Reading files from disk: light formats here, formats that can hurt in one long-lived child process."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from qa.errors import FileTooHeavy
from qa.loaders.registry import choose, load_as, reading
from qa.types import Document

if TYPE_CHECKING:  # the reading process starts in half the time without pydantic-settings
    from qa.loaders.sandbox.parent import IsolatedReader
    from qa.settings import Settings


class FileReader:
    """Reads files within the limits of the settings; a context manager that ends the child process.

    The child is started at the first file that needs it.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._isolated: IsolatedReader | None = None

    def __enter__(self) -> FileReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, path: Path, data: bytes | None = None) -> Document:
        """The document of the file at ``path``, whose bytes are ``data`` if they were read already.

        Raises ``FileError`` and nothing else.
        """
        name = str(path)
        with reading(name):
            size = path.stat().st_size if data is None else len(data)
            limit = self._settings.max_file_bytes
            if size > limit:
                raise FileTooHeavy(name, f"has {size:,} bytes; the limit is {limit:,} (VERBATIM_MAX_FILE_BYTES)")
            data = path.read_bytes() if data is None else data
            loader = choose(data, name)
            if loader.isolated:
                return self._child().read(path, loader.name, data)
            document = load_as(loader.name, data, name)
            chars, most = len(document.text), self._settings.max_text_chars
            if chars > most:
                raise FileTooHeavy(name, f"holds {chars:,} characters; the limit is {most:,} (VERBATIM_MAX_TEXT_CHARS)")
            return document

    def close(self) -> None:
        """End the child process, if one was started; ``read`` may be called again afterwards."""
        if self._isolated is not None:
            self._isolated.close()
            self._isolated = None

    def _child(self) -> IsolatedReader:
        if self._isolated is None:
            from qa.loaders.sandbox.parent import IsolatedReader

            self._isolated = IsolatedReader(
                seconds=self._settings.read_seconds,
                memory_bytes=self._settings.read_memory_bytes,
                max_text_chars=self._settings.max_text_chars,
            )
        return self._isolated
