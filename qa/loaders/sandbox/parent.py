"""Reading files that can hurt, and drawing their pages, in a process of its own, with limits on time and memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar

from qa import errors
from qa.codec import from_bytes, from_json
from qa.errors import FileError, FileTooHeavy, FileUnreadable
from qa.loaders.finish import find_fault
from qa.loaders.sandbox import wire
from qa.types import Document

if TYPE_CHECKING:
    from qa.loaders.pdf.page_images import Run, Sheet

_Result = TypeVar("_Result")
_ERRORS: dict[str, type[FileError]] = {
    kind.__name__: kind for kind in (errors.FileUnsupported, FileUnreadable, errors.FileEncrypted, FileTooHeavy)
}
_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"out of memory", b"MemoryError", b"Cannot allocate memory")
_CHILD = Path(__file__).with_name("child_start.py")
_START_SECONDS = 60.0
"""A child that is not ready after this time is ended; measured: 0.3 s, 2 s on a busy machine."""
_DEAD_END = "http://127.0.0.1:9"
"""A proxy where nothing answers, for libraries that would fetch something."""


class IsolatedReader:
    """One long-lived child process, started with the first file and again after a file has broken it.

    Safe to use from several threads; files are read one at a time. ``seconds`` is the time for one file,
    ``memory_bytes`` the child's address space, ``max_text_chars`` the longest text a file may give.
    """

    def __init__(self, seconds: float, memory_bytes: int, max_text_chars: int) -> None:
        self._seconds = seconds
        self._memory_bytes = memory_bytes
        self._max_text_chars = max_text_chars
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._noise: IO[bytes] | None = None

    def read(self, path: Path, loader_name: str, data: bytes | None = None) -> Document:
        """The document of the file, whose bytes are ``data`` or are read from ``path``.

        Raises the ``FileError`` of the loader; ``FileTooHeavy`` over a limit; ``FileUnreadable`` when the child
        crashed; ``OSError`` when the file cannot be opened.
        """
        data = path.read_bytes() if data is None else data
        return self._ask({"loader": loader_name, "path": str(path)}, data, _document)

    def draw(self, name: str, data: bytes, page: int, width: int, max_pixels: int) -> bytes:
        """``page_images.draw_page`` in the child. Raises as it does, and as ``read`` over a limit or on a crash."""
        request = {"draw": [page, width, max_pixels], "path": name}
        return self._ask(request, data, lambda _header, body: body)

    def find_on_pages(self, name: str, data: bytes, pages: Mapping[int, Sequence[Run]]) -> dict[int, Sheet]:
        """``page_images.find_on_pages`` in the child. Raises as ``draw``."""
        return self._ask({"find": list(pages.items()), "path": name}, data, _sheets)

    def close(self) -> None:
        """End the child process; a later ``read`` starts a new one."""
        with self._lock:
            self._stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, request: dict[str, Any], data: bytes, unpack: Callable[[dict[str, Any], bytes], _Result]) -> _Result:
        with self._lock:
            return self._exchange(request, data, unpack)

    def _exchange(
        self, request: dict[str, Any], data: bytes, unpack: Callable[[dict[str, Any], bytes], _Result]
    ) -> _Result:
        path, child = str(request["path"]), self._running()
        expired = threading.Event()
        timer = threading.Timer(self._seconds, _expire, (child, expired))
        timer.daemon = True
        timer.start()
        try:
            assert child.stdin is not None and child.stdout is not None
            wire.send(child.stdin, request, data)
            header, body = wire.receive(child.stdout, 16 * self._max_text_chars + (1 << 26))
            self._check(path, header)
            return unpack(header, body)
        except FileError:
            raise
        except wire.MessageTooLong as error:
            self._stop()
            reason = f"unpacks to far more than {self._max_text_chars:,} characters of text, the limit"
            raise FileTooHeavy(path, reason) from error
        except (EOFError, OSError, ValueError, TypeError, KeyError) as error:
            raise self._death(path, child, expired.is_set()) from error
        except BaseException:  # interrupted between question and answer: the next file must not get this answer
            self._stop()
            raise
        finally:
            timer.cancel()

    def _check(self, path: str, header: dict[str, Any]) -> None:
        """Raise the error that an answer names; end a child that has grown."""
        if header.get("peak_bytes", 0) > self._memory_bytes // 2:
            self._stop()  # what it holds on to would count against the next file
        if "error" not in header:
            return
        kind = _ERRORS.get(str(header["error"]), FileUnreadable)
        if kind is FileTooHeavy:
            self._stop()
        raise kind(path, str(header["reason"]))

    def _death(self, path: str, child: subprocess.Popen[bytes], expired: bool) -> FileError:
        """Name the cause of a child's end, and clear it away."""
        noise = self._last_noise()
        self._stop()
        if expired:
            return FileTooHeavy(path, f"takes longer to read than {self._seconds:g} seconds, the limit")
        if any(words in noise for words in _OUT_OF_MEMORY):
            limit = f"{self._memory_bytes / 2**20:,.0f} MiB"
            return FileTooHeavy(path, f"needs more memory to read than {limit}, the limit")
        return FileUnreadable(
            path, f"is damaged: the reading process crashed on it ({_cause(child.returncode, noise)})"
        )

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._stop()
        self._noise = tempfile.TemporaryFile()  # noqa: SIM115 – closed in _stop
        self._child = child = subprocess.Popen(
            [sys.executable, "-P", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._noise,
            env=_environment(),
        )
        assert child.stdin is not None and child.stdout is not None
        limits = {
            "memory_bytes": self._memory_bytes,
            "seconds": self._seconds,
            "max_text_chars": self._max_text_chars,
        }
        stuck = threading.Timer(_START_SECONDS, child.kill)
        stuck.daemon = True
        stuck.start()
        with contextlib.suppress(OSError, EOFError):  # a child that died already is met, and named, by the first file
            wire.send(child.stdin, limits)
            wire.receive(child.stdout, 1 << 20)  # it is ready: its start does not count as the file's time
        stuck.cancel()
        return child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            for stream in (child.stdin, child.stdout):
                with contextlib.suppress(OSError):
                    if stream is not None:
                        stream.close()
            child.kill()
            child.wait()
        if self._noise is not None:
            self._noise.close()
            self._noise = None

    def _last_noise(self) -> bytes:
        if self._noise is None:
            return b""
        size = os.fstat(self._noise.fileno()).st_size
        self._noise.seek(max(0, size - 4096))
        return self._noise.read(4096)


def _document(_header: dict[str, Any], body: bytes) -> Document:
    """The document in an answer. Raises ``ValueError`` when it is not one, or its offsets are not in order."""
    document = from_bytes(Document, body)
    fault = find_fault(document)
    if fault:
        raise ValueError(fault)
    return document


def _sheets(header: dict[str, Any], _body: bytes) -> dict[int, Sheet]:
    from qa.loaders.pdf.page_images import Sheet

    return {int(page): from_json(Sheet, values) for page, values in header["sheets"]}


def _expire(child: subprocess.Popen[bytes], expired: threading.Event) -> None:
    expired.set()
    child.kill()


def _cause(returncode: int | None, noise: bytes) -> str:
    if returncode is not None and returncode < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-returncode).name
    lines = noise.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else f"exit code {returncode}"


def _environment() -> dict[str, str]:
    """The child's environment: no proxy that works, and few memory arenas, which count as used."""
    environment = {key: value for key, value in os.environ.items() if key.lower() != "no_proxy"}
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        environment[name] = environment[name.upper()] = _DEAD_END
    environment["MALLOC_ARENA_MAX"] = "2"
    return environment
