"""The one table of suffixes, and the choice of a loader for a file by its name and its first bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath

from qa.errors import FileError, FileTooHeavy, FileUnreadable, FileUnsupported
from qa.loaders.base import LoadedText, one_line
from qa.loaders.finish import finish
from qa.loaders.plain.encoding import is_binary, utf16_without_mark
from qa.loaders.sniffing import sniff
from qa.types import Document, Note

Load = Callable[[bytes, str], LoadedText]


@dataclass(frozen=True, slots=True)
class Loader:
    """One way of reading a family of files."""

    name: str
    version: int
    """Raised whenever the loader gives another text for the same bytes: documents are then read anew."""
    target: str
    """``module:function``, imported at first use; the function is ``(data, name) -> LoadedText``."""
    suffixes: tuple[str, ...]
    isolated: bool = False
    """True: read in the child process with limits."""
    extra: str | None = None
    """The extra that installs its packages; None: they are required."""

    @property
    def label(self) -> str:
        """Name and version, as in ``ReadingReport.loader``."""
        return f"{self.name}/{self.version}"


LOADERS = (
    Loader(
        "markdown", 2, "qa.loaders.markup.markdown:load", (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd")
    ),
    Loader(
        "text",
        1,
        "qa.loaders.plain.text:load",
        (".txt", ".text", ".log", ".rst", ".adoc", ".asciidoc", ".asc", ".org", ".tex", ".textile", ".wiki", ".pod"),
    ),
    Loader("html", 2, "qa.loaders.markup.html:load", (".html", ".htm", ".xhtml")),
    Loader("table", 2, "qa.loaders.plain.delimited:load", (".csv", ".tsv", ".tab")),
    Loader("json", 1, "qa.loaders.plain.json_text:load", (".json", ".jsonl", ".ndjson")),
    Loader("notebook", 1, "qa.loaders.markup.notebook:load", (".ipynb",)),
    Loader("pdf", 2, "qa.loaders.pdf.load:load", (".pdf",), isolated=True),
    Loader("docx", 2, "qa.loaders.office.docx:load", (".docx", ".docm"), isolated=True, extra="office"),
    Loader(
        "extracted",
        2,
        "qa.loaders.office.xberg_files:load",
        (
            *(".xlsx", ".xlsm", ".xlsb", ".xls", ".odt", ".ods", ".odp", ".rtf", ".epub", ".fb2", ".msg", ".doc"),
            *(".ppt", ".xml", ".nxml"),
        ),
        isolated=True,
        extra="office",
    ),
    Loader(
        "pptx",
        2,
        "qa.loaders.office.pptx:load",
        (".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"),
        isolated=True,
        extra="office",
    ),
    Loader("mail", 2, "qa.loaders.markup.mail:load", (".eml",), isolated=True),
)
_BY_NAME = {loader.name: loader for loader in LOADERS}
_BY_SUFFIX = {suffix: loader for loader in LOADERS for suffix in loader.suffixes}
_TEXT_FAMILY = ("markdown", "text", "html", "table", "json", "notebook")
_SNIFFED_BYTES = 4096
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".ico", ".psd")
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".jar")
_REFUSED_SUFFIXES = dict.fromkeys(_PICTURES, "is a picture; only text is read") | dict.fromkeys(
    _ARCHIVES, "is an archive; unpack it and add the files in it"
)


def supported_suffixes() -> frozenset[str]:
    """Suffixes of the files that can be read, in lower case with the dot."""
    return frozenset(_BY_SUFFIX)


def loaders_version() -> str:
    """Changes whenever any loader may give another text for the same bytes."""
    return " ".join(loader.label for loader in LOADERS)


def choose(data: bytes, name: str) -> Loader:
    """The loader for a file: by its suffix, unless its content is plainly of another kind.

    A file with an unknown suffix is read when its content is of a known kind or text. Raises ``FileUnsupported``
    for anything else.
    """
    suffix = PurePath(name).suffix.lower()
    loader = _BY_SUFFIX.get(suffix)
    kind = sniff(data)
    found = _BY_SUFFIX.get(kind) if kind else None
    if found and (loader is None or _contradicts(loader, found)):
        return found
    if loader:
        return loader
    if suffix in _REFUSED_SUFFIXES:
        raise FileUnsupported(name, _REFUSED_SUFFIXES[suffix])
    if data and (utf16_without_mark(data[:_SNIFFED_BYTES]) or not is_binary(data[:_SNIFFED_BYTES])):
        return _BY_NAME["text"]
    raise FileUnsupported(name, f"no reader for {suffix or 'files without a suffix'} of this kind")


def _contradicts(loader: Loader, found: Loader) -> bool:
    """True when content of ``found``'s kind cannot be what a file of ``loader``'s kind holds."""
    if loader.name in _TEXT_FAMILY:
        return found.name != loader.name
    return found.name != loader.name and found.name != "extracted"


def document_id(data: bytes, name: str) -> str:
    """The id of the document these bytes give: a hash of them and of the loader's name and version, 32 hex digits.

    Raises ``FileUnsupported`` as ``load`` does.
    """
    return _document_id(data, choose(data, name))


def _document_id(data: bytes, loader: Loader) -> str:
    digest = hashlib.sha256(f"{loader.label}\n".encode())
    digest.update(data)
    return digest.hexdigest()[:32]


def load(data: bytes, name: str) -> Document:
    """Read a file's bytes in this process. Raises ``FileError`` and nothing else."""
    with reading(name):
        return _load(data, name, choose(data, name))


def load_as(loader_name: str, data: bytes, name: str) -> Document:
    """``load`` with the loader of this name (see ``Loader.name``); for the reading process."""
    with reading(name):
        return _load(data, name, _BY_NAME[loader_name])


def _load(data: bytes, name: str, loader: Loader) -> Document:
    if not data:
        raise FileUnreadable(name, "is empty")
    module, function = loader.target.split(":")
    read: Load = getattr(import_module(module), function)
    kind, notes = None, list[Note]()
    by_suffix = _BY_SUFFIX.get(PurePath(name).suffix.lower())
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
    return finish(loaded, name=name, loader=loader.label, document_id=_document_id(data, loader), notes=notes)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """The boundary: whatever goes wrong inside leaves as a ``FileError`` naming ``name`` and the reason."""
    try:
        yield
    except FileError:
        raise
    except MemoryError as error:
        raise FileTooHeavy(name, "needs more memory to read than there is") from error
    except RecursionError as error:
        raise FileUnreadable(name, "is nested too deep to read") from error
    except OSError as error:
        raise FileUnreadable(name, f"cannot be opened: {error.strerror or error}") from error
    except Exception as error:
        reason = one_line(str(error))[:200]
        raise FileUnreadable(name, f"could not be read ({type(error).__name__}: {reason})") from error
