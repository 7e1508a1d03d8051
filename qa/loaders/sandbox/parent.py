"""Reading files that can hurt, and drawing their pages, in a process of its own, with limits on time and memory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

from qa import errors
from qa.codec import from_bytes, from_json, to_bytes
from qa.errors import FileError, FileTooHeavy, FileUnreadable
from qa.loaders.finish import find_fault
from qa.loaders.ocr.scan import Scan, Scans
from qa.loaders.sandbox import wire
from qa.types import Block, Document, SourceSpan

if TYPE_CHECKING:
    from qa.loaders.pdf.page_images import Run, Sheet

_Result = TypeVar("_Result")
_Header = dict[str, Any]
_Bodies = Sequence[bytes]
_ERRORS: dict[str, type[FileError]] = {
    kind.__name__: kind for kind in (errors.FileUnsupported, FileUnreadable, errors.FileEncrypted, FileTooHeavy)
}
_OUT_OF_MEMORY = (b"memory allocation of", b"bad_alloc", b"out of memory", b"MemoryError", b"Cannot allocate memory")
_GIVEN_UP = ("SIGABRT", "SIGTRAP", "SIGILL")
"""How C libraries end when they cannot go on, for want of memory too."""
_CHILD = Path(__file__).with_name("child_start.py")
_START_SECONDS = 60.0
"""A child that is not ready after this time is ended; measured: 0.3 s, 2 s on a busy machine."""
_IDLE_SECONDS = 60.0
_WATCH_SECONDS = 0.25
_DEAD_END = "http://127.0.0.1:9"
"""A proxy where nothing answers, for libraries that would fetch something."""


class Limits(NamedTuple):
    """What one file may take."""

    seconds: float
    memory_bytes: int
    """The process's address space."""
    max_text_chars: int
    """The longest text that it may give."""


class IsolatedReader:
    """One long-lived child process, started with the first file and again after a file has broken it.

    It also ends when it was not asked for a minute. Safe to use from several threads; files are read one at a time.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def read(self, path: Path, scans: Scans | None = None) -> Document:
        """The document of the file, which the child opens. ``scans``: what OCR has found on its pages.

        Raises the ``FileError`` of the loader; ``FileTooHeavy`` over a limit; ``FileUnreadable`` when the child
        crashed, or cannot open the file.
        """
        data = b"" if scans is None else to_bytes(scans, Scans)
        return self._ask({"read": os.path.abspath(path), "path": str(path)}, data, _document)

    def scan(self, path: Path, page: int) -> Scan:
        """What OCR finds on a page (0-based) of the file, which the child opens. Raises as ``read``."""
        request = {"read": os.path.abspath(path), "path": str(path), "scan": page}
        return self._ask(request, b"", lambda _header, bodies: from_bytes(Scan, bodies[0]))

    def draw(self, name: str, data: bytes, page: int, width: int, max_pixels: int) -> bytes:
        """``page_images.draw_page`` in the child. Raises as it does, and as ``read`` over a limit or on a crash."""
        request = {"draw": [page, width, max_pixels], "path": name}
        return self._ask(request, data, lambda _header, bodies: bodies[0])

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

    def _ask(self, request: dict[str, Any], data: bytes, unpack: Callable[[_Header, _Bodies], _Result]) -> _Result:
        with self._lock:
            return self._exchange(request, data, unpack)

    def _exchange(self, request: dict[str, Any], data: bytes, unpack: Callable[[_Header, _Bodies], _Result]) -> _Result:
        path = str(request["path"])
        try:
            child = self._running()
        except OSError as error:
            raise FileUnreadable(path, f"cannot be read: no reading process can be started ({error})") from error
        try:
            wire.send(child.stdin, request, data)
            header, bodies = wire.receive(child.stdout, 16 * self.limits.max_text_chars + (1 << 26))
            child.rest()
            self._check(path, header)
            return unpack(header, bodies)
        except FileError:
            raise
        except wire.MessageTooLong as error:
            self._stop()
            reason = f"unpacks to far more than {self.limits.max_text_chars:,} characters of text, the limit"
            raise FileTooHeavy(path, reason) from error
        except MemoryError as error:
            self._stop()
            raise FileTooHeavy(path, "needs more memory than there is") from error
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self._stop()
            raise FileUnreadable(path, f"is damaged: the reading process made no sense of it ({error})") from error
        except (EOFError, OSError) as error:
            self._stop()
            raise self._death(path, child) from error
        except BaseException:  # interrupted between question and answer: the next file must not get this answer
            self._stop()
            raise

    def _check(self, path: str, header: dict[str, Any]) -> None:
        """Raise the error that an answer names; end a child that has grown."""
        if header.get("peak_bytes", 0) > self.limits.memory_bytes // 2:
            self._stop()  # what it holds on to would count against the next file
        if "error" not in header:
            return
        kind = _ERRORS.get(str(header["error"]), FileUnreadable)
        if kind is FileTooHeavy:
            self._stop()
        raise kind(path, str(header["reason"]))

    def _death(self, path: str, child: _Child) -> FileError:
        """Name the cause of a child's end."""
        if child.expired:
            return FileTooHeavy(path, f"takes longer to read than {self.limits.seconds:g} seconds, the limit")
        memory = f"more memory to read than {self.limits.memory_bytes / 2**20:,.0f} MiB, the limit"
        if any(words in child.noise for words in _OUT_OF_MEMORY):
            return FileTooHeavy(path, f"needs {memory}")
        if child.signal == "SIGKILL":
            return FileTooHeavy(
                path, "was given up: the system ended the reading process, as it does when memory runs out"
            )
        if child.signal in _GIVEN_UP:
            return FileUnreadable(path, f"is damaged, or needs {memory} ({child.signal})")
        return FileUnreadable(
            path, f"is damaged: the reading process crashed on it ({child.signal or child.last_words})"
        )

    def _running(self) -> _Child:
        if self._child is None or not self._child.begin():
            self._stop()
            self._child = _Child(self.limits)
            self._child.begin()
        return self._child

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()


class _Child:
    """The process, and the thread that ends it when its time is over."""

    def __init__(self, limits: Limits) -> None:
        self.expired = False
        """True once it was ended because its time was over."""
        self.noise = b""
        """The end of what it wrote to its standard error; known after ``end``."""
        self._seconds, self._end_at = limits.seconds, time.monotonic() + _START_SECONDS
        self._guard = threading.Lock()
        self._noise = tempfile.TemporaryFile()  # noqa: SIM115 – closed in end
        pipe, command = subprocess.PIPE, [sys.executable, "-P", str(_CHILD)]
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._noise, env=_environment())
        assert self._process.stdin is not None and self._process.stdout is not None
        self.stdin, self.stdout = self._process.stdin, self._process.stdout
        threading.Thread(target=self._watch, daemon=True).start()
        with contextlib.suppress(OSError, EOFError):  # a child that died already is met, and named, by the first file
            wire.send(self.stdin, limits._asdict())
            wire.receive(self.stdout, 1 << 20)  # it is ready: its start does not count as the file's time

    def begin(self) -> bool:
        """Start a file's time, at whose end the process is ended. False if it has ended before."""
        with self._guard:
            self._end_at = time.monotonic() + self._seconds
            return not self.expired and self._process.poll() is None

    def rest(self) -> None:
        """Stop a file's time; it is ended when it is not asked for a minute."""
        with self._guard:
            self._end_at = time.monotonic() + _IDLE_SECONDS

    @property
    def signal(self) -> str:
        """The name of the signal that ended it; empty if none did."""
        with contextlib.suppress(ValueError):
            return signal.Signals(-self._process.returncode).name
        return ""

    @property
    def last_words(self) -> str:
        """The last line that it wrote, or its exit code."""
        lines = self.noise.decode("utf-8", "replace").strip().splitlines()
        return lines[-1][:200] if lines else f"exit code {self._process.returncode}"

    def end(self) -> None:
        """End it, if it has not ended, and keep its noise."""
        for stream in (self.stdin, self.stdout):
            with contextlib.suppress(OSError):
                stream.close()
        self._process.kill()
        self._process.wait()
        with self._noise:
            self._noise.seek(max(0, os.fstat(self._noise.fileno()).st_size - 4096))
            self.noise = self._noise.read()

    def _watch(self) -> None:
        while self._process.poll() is None:
            time.sleep(_WATCH_SECONDS)
            with self._guard:
                if time.monotonic() > self._end_at:
                    self.expired = True
                    self._process.kill()
                    return


def _document(header: _Header, bodies: _Bodies) -> Document:
    """The document in an answer. Raises ``ValueError`` when it is not one, or its offsets are not in order.

    Its blocks and source spans come in pieces: nothing else runs in this process while one is decoded.
    """
    more = int(header["blocks"]) + 1
    blocks = (from_bytes(tuple[Block, ...], piece) for piece in bodies[1:more])
    spans = (from_bytes(tuple[SourceSpan, ...], piece) for piece in bodies[more:])
    document = replace(
        from_bytes(Document, bodies[0]),
        blocks=tuple(chain.from_iterable(blocks)),
        source_map=tuple(chain.from_iterable(spans)),
    )
    fault = find_fault(document)
    if fault:
        raise ValueError(fault)
    return document


def _sheets(header: _Header, _bodies: _Bodies) -> dict[int, Sheet]:
    from qa.loaders.pdf.page_images import Sheet

    return {int(page): from_json(Sheet, values) for page, values in header["sheets"]}


def _environment() -> dict[str, str]:
    """The child's environment: no proxy that works, and few memory arenas, which count as used."""
    environment = {key: value for key, value in os.environ.items() if key.lower() != "no_proxy"}
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        environment[name] = environment[name.upper()] = _DEAD_END
    environment["MALLOC_ARENA_MAX"] = "2"
    return environment
