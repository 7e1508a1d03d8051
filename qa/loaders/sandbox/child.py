"""The reading process, started by ``child_start``: reads files that may be hostile, one after another.

It is given a file's path, or its bytes, on its standard input and answers with a document, a page's picture, positions
on pages or an error (``qa.loaders.sandbox.wire``). It has limits on memory, on processor time and on the size of files
it writes, no network, and ends with its parent.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, TypeVar

from qa.codec import from_bytes, to_bytes, to_json
from qa.errors import FileError
from qa.loaders.base import TextBuilder
from qa.loaders.load import choose, load, reading, scan
from qa.loaders.ocr.scan import Scan
from qa.loaders.sandbox import wire
from qa.types import Block, Document, SourceSpan

try:
    import resource
except ImportError:  # Windows: no limits there but the parent's on time
    resource = None  # type: ignore[assignment]

_MAX_WRITTEN_BYTES = 512 * 1024 * 1024
"""Largest file the process may write: py3langid's model unpacks to 70 MB; C libraries may log without limit."""
_AT_ONCE = 20_000
"""Blocks or source spans in one piece of an answer: a tenth of a second's work for the process that asked."""
_Item = TypeVar("_Item")
_REFUSED_EVENTS = frozenset(
    {"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"}
    | {"subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"}
)


def main() -> None:
    """Serve requests until the standard input ends."""
    requests, answers = _take_over_streams()
    settings, _ = wire.receive(requests, 1 << 20)
    sys.addaudithook(_refuse)
    _limit(int(settings["memory_bytes"]))
    TextBuilder.max_chars = int(settings["max_text_chars"])
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    wire.send(answers, {"ready": True})
    while True:
        try:
            request, data = wire.receive(requests, 1 << 62)
        except EOFError:
            return
        _limit_processor_time(float(settings["seconds"]))
        header, bodies = _answer(request, b"".join(data))
        header["peak_bytes"] = _peak_bytes()
        wire.send(answers, header, *bodies)


def _take_over_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The protocol's streams, moved out of the reach of libraries that print."""
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return requests, answers


def _answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    path = str(request["path"])
    try:
        with reading(path):
            if "read" not in request:
                return _from_pages(request, path, data)
            content = Path(request["read"]).read_bytes()
            if "scan" in request:
                return {}, [to_bytes(scan(content, path, int(request["scan"])))]
            scans = from_bytes(dict[int, Scan | str], data) if data else None
            return _in_pieces(load(content, path, scans))
    except FileError as error:
        return {"error": type(error).__name__, "reason": error.reason}, []


def _in_pieces(document: Document) -> tuple[dict[str, Any], list[bytes]]:
    """A document without its blocks and source spans, then these, some at a time: see ``parent``."""
    blocks = [to_bytes(piece, tuple[Block, ...]) for piece in _pieces(document.blocks)]
    spans = [to_bytes(piece, tuple[SourceSpan, ...]) for piece in _pieces(document.source_map)]
    rest = to_bytes(replace(document, blocks=(), source_map=()))
    return {"blocks": len(blocks)}, [rest, *blocks, *spans]


def _pieces(items: tuple[_Item, ...]) -> Iterator[tuple[_Item, ...]]:
    return (items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE))


def _from_pages(request: dict[str, Any], path: str, data: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """A page's picture, or where words are on pages."""
    from qa.loaders.ocr import pictures
    from qa.loaders.pdf import page_images

    is_picture = choose(data, path).name == "picture"
    if "draw" in request:
        page, width, max_pixels = map(int, request["draw"])
        draw_page = pictures.draw_page if is_picture else page_images.draw_page
        return {}, [draw_page(data, path, page, width, max_pixels)]
    find_on_pages = pictures.find_on_pages if is_picture else page_images.find_on_pages
    pages = {int(page): [(int(char), int(count)) for char, count in runs] for page, runs in request["find"]}
    sheets = find_on_pages(data, path, pages)
    return {"sheets": [(page, to_json(sheet)) for page, sheet in sheets.items()]}, []


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: connections and programs started from Python are refused."""
    if event in _REFUSED_EVENTS:
        raise PermissionError(f"the reading process may not use {event}")


def _limit(memory_bytes: int) -> None:
    if resource is not None:
        _set_limit(resource.RLIMIT_AS, memory_bytes)
        _set_limit(resource.RLIMIT_FSIZE, _MAX_WRITTEN_BYTES)
        _set_limit(resource.RLIMIT_CORE, 0)


def _limit_processor_time(seconds: float) -> None:
    """Let the kernel end the process should it go on after its parent is gone."""
    if resource is not None:
        _set_limit(resource.RLIMIT_CPU, int(time.process_time() + (seconds + 10) * (os.cpu_count() or 1)))


def _set_limit(kind: int, limit: int) -> None:
    assert resource is not None
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _peak_bytes() -> int:
    """Largest resident memory so far; 0 where the system does not tell.

    On Linux, ``ru_maxrss`` is at least the memory of the program that started this one, ``VmHWM`` is not.
    """
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split(maxsplit=1)[0]) * 1024
    peak = 0 if resource is None else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
