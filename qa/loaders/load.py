"""A file's bytes → its document, by the loader that its name and its content choose. For the reading process."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import PurePath

from qa.errors import FileError, FileTooHeavy, FileUnreadable, FileUnsupported
from qa.loaders.base import one_line
from qa.loaders.finish import finish
from qa.loaders.ocr import INSTALL, is_installed
from qa.loaders.ocr.scan import Scan, Scans
from qa.loaders.plain.encoding import is_binary, utf16_without_mark
from qa.loaders.registry import BY_NAME, BY_SUFFIX, TEXT_FAMILY, Load, Loader, document_id, scanned_id
from qa.loaders.sniffing import sniff
from qa.types import Document, Note

WAITING = "waiting_for_ocr"
"""Code of the note on pages that OCR has not read."""
_SNIFFED_BYTES = 4096
_PICTURES = (".gif", ".bmp", ".heic", ".ico", ".psd")
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar")
_REFUSED_SUFFIXES = dict.fromkeys(
    _PICTURES, "is a picture of a kind that is not read; save it as PNG or JPEG"
) | dict.fromkeys(_ARCHIVES, "is an archive; unpack it and add the files in it")


def load(data: bytes, name: str, scans: Scans | None = None) -> Document:
    """Read a file's bytes in this process, which is to be one with limits (``qa.loaders.sandbox``) unless they are
    trusted. ``scans``: what OCR has found on its pages. Raises ``FileError`` and nothing else."""
    with reading(name):
        return _load(data, name, scans)


def scan(data: bytes, name: str, page: int) -> Scan:
    """What OCR finds on a page (0-based), as ``load``."""
    from qa.loaders.ocr.documents import scan_page

    with reading(name):
        return scan_page(data, name, page, choose(data, name).name)


def _load(data: bytes, name: str, scans: Scans | None) -> Document:
    if not data:
        raise FileUnreadable(name, "is empty")
    loader = choose(data, name)
    module, function = (loader.target if scans is None else loader.scanned_target).split(":")
    found = getattr(import_module(module), function)
    read: Load = found if scans is None else partial(found, scans=scans)
    kind, notes = None, list[Note]()
    by_suffix = BY_SUFFIX.get(PurePath(name).suffix.lower())
    if by_suffix is not loader and (kind := sniff(data)):
        notes.append(Note("wrong_suffix", f"The content is that of a {kind} file and was read as one."))
    try:
        loaded = read(data, f"{name}{kind or ''}")
    except FileError as error:
        raise type(error)(name, error.reason) from error
    except ModuleNotFoundError as error:
        if loader.extra is None:
            raise
        raise FileUnreadable(name, f"needs more packages: pip install 'verbatim-qa[{loader.extra}]'") from error
    identity = document_id(io.BytesIO(data), name, len(data))
    if scans is not None:
        identity = scanned_id(identity)
    elif loaded.waiting_pages:
        notes.append(_waiting_note(len(loaded.waiting_pages)))
    return finish(
        loaded,
        name=name,
        loader=loader.label,
        document_id=identity,
        notes=notes,
        may_be_empty=scans is not None or (is_installed() and bool(loaded.waiting_pages)),
    )


def _waiting_note(count: int) -> Note:
    pages = "1 page shows" if count == 1 else f"{count} pages show"
    if is_installed():
        return Note(WAITING, f"{pages} what may be words in pictures; OCR has not read them yet.")
    return Note(WAITING, f"{pages} what may be words in pictures. To read them by OCR: {INSTALL}")


def choose(data: bytes, name: str) -> Loader:
    """The loader for a file: by its suffix, unless its content is plainly of another kind.

    A file with an unknown suffix is read when its content is of a known kind or text. Raises ``FileUnsupported``
    for anything else.
    """
    suffix = PurePath(name).suffix.lower()
    loader = BY_SUFFIX.get(suffix)
    kind = sniff(data)
    found = BY_SUFFIX.get(kind) if kind else None
    if found and (loader is None or _contradicts(loader, found)):
        return found
    if loader:
        return loader
    if suffix in _REFUSED_SUFFIXES:
        raise FileUnsupported(name, _REFUSED_SUFFIXES[suffix])
    if data and (utf16_without_mark(data[:_SNIFFED_BYTES]) or not is_binary(data[:_SNIFFED_BYTES])):
        return BY_NAME["text"]
    raise FileUnsupported(name, f"no reader for {suffix or 'files without a suffix'} of this kind")


def _contradicts(loader: Loader, found: Loader) -> bool:
    """True when content of ``found``'s kind cannot be what a file of ``loader``'s kind holds."""
    if loader.name in TEXT_FAMILY:
        return found.name != loader.name
    return found.name != loader.name and found.name != "extracted"


@contextmanager
def reading(name: str) -> Iterator[None]:
    """The boundary: whatever goes wrong inside leaves as a ``FileError`` naming ``name`` and the reason."""
    try:
        yield
    except FileError:
        raise
    except MemoryError as error:
        raise FileTooHeavy(
            name, "needs more memory than the reading process may use (VERBATIM_READ_MEMORY_BYTES)"
        ) from error
    except RecursionError as error:
        raise FileUnreadable(name, "is nested too deep to read") from error
    except OSError as error:
        raise FileUnreadable(name, f"cannot be opened: {error.strerror or error}") from error
    except BaseException as error:
        kind, reason = type(error).__name__, one_line(str(error))[:200]
        if "panic" in f"{kind} {reason}".lower():  # of a library written in Rust; not always an Exception
            raise FileUnreadable(
                name, f"is probably damaged: the library that reads it gave up on it ({reason})"
            ) from error
        if not isinstance(error, Exception):
            raise
        raise FileUnreadable(name, f"could not be read ({kind}: {reason})") from error
