"""Finding the documents in files and folders: which to read, which to skip, and why."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from qa.files import open_foreign
from qa.loaders import supported_suffixes
from qa.settings import Settings
from qa.types import FileOutcome, FileStatus

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_BARE_NAMES = frozenset(
    """authors changelog changes contributing contributors copying faq history install licence license news notice
    readme todo""".split()  # noqa: SIM905
)
_IGNORE_BYTES = 256 * 1024
_FOLDERS = re.compile(r"(\(\?:\.\+/\)\?|\(\?:/\.\+\)\?)")  # what pathspec makes of ``**``
_LETTERS = re.compile(r"(?:\[\^/\]\*)+")  # what it makes of ``*``


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read."""

    path: str
    """Absolute."""
    root: str | None
    """The folder it was found under, absolute; None for a file that was named itself."""
    size: int
    """Bytes."""
    modified_ns: int
    stamp: str
    """Its inode and the time of its last change of any kind, which no program can set back."""


def find_files(
    paths: str | Path | Iterable[str | Path], *, max_file_bytes: int | None = None
) -> Iterator[FoundFile | FileOutcome]:
    """Yield the documents under ``paths`` in the order of their names, and an outcome for everything skipped.

    A file that is named itself is taken whatever its name; in folders, hidden and ``.gitignore``d names and
    unsupported kinds are ``skipped`` (a whole folder once), larger files than ``max_file_bytes`` (default: the
    settings') and what cannot be opened ``failed``. No file or folder is yielded twice, even through links.
    """
    limit = Settings().max_file_bytes if max_file_bytes is None else max_file_bytes
    search = _Search(limit)
    for path in [paths] if isinstance(paths, (str, Path)) else paths:
        yield from search.under(os.path.abspath(os.path.expanduser(path)))


@dataclass(frozen=True, slots=True)
class _Ignore:
    """The rules of one ``.gitignore``, for the paths under its folder."""

    folder: str
    spec: GitIgnoreSpec

    def verdict(self, path: str, is_folder: bool) -> bool | None:
        """True: ignored; False: taken back in by ``!``; None: not mentioned."""
        relative = path[len(self.folder) :].lstrip(os.sep).replace(os.sep, "/")
        return self.spec.check_file(relative + "/" if is_folder else relative).include


@dataclass(slots=True)
class _Search:
    max_file_bytes: int
    files: set[str] = field(default_factory=set)
    folders: set[tuple[int, int]] = field(default_factory=set)
    suffixes: frozenset[str] = field(default_factory=supported_suffixes)

    def under(self, path: str) -> Iterator[FoundFile | FileOutcome]:
        try:
            found = os.stat(path)
        except ValueError:
            yield _outcome(path, "failed", "no file can have this name")
            return
        except OSError as error:
            missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
            reason = "no such file or folder" if missing else f"cannot be opened: {error.strerror}"
            yield _outcome(path, "failed", reason)
            return
        if stat.S_ISDIR(found.st_mode):
            yield from self._folder(path, path, found, ())
        elif not stat.S_ISREG(found.st_mode):
            yield _outcome(path, "failed", "not a regular file")
        else:
            yield from self._file(path, None, found)

    def _folder(
        self, folder: str, root: str, found: os.stat_result, ignores: tuple[_Ignore, ...]
    ) -> Iterator[FoundFile | FileOutcome]:
        """Everything below a folder, depth first, with a stack of its own: folders may be nested to any depth."""
        stack = [self._entries(folder, root, found, ignores)]
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
            elif isinstance(step, _Descend):
                stack.append(self._entries(step.folder, root, step.found, step.ignores))
            else:
                yield step

    def _entries(
        self, folder: str, root: str, found: os.stat_result, ignores: tuple[_Ignore, ...]
    ) -> Iterator[FoundFile | FileOutcome | _Descend]:
        if (found.st_dev, found.st_ino) in self.folders:
            return
        self.folders.add((found.st_dev, found.st_ino))
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: entry.name)
        except OSError as error:
            yield _outcome(folder, "failed", f"the folder cannot be opened: {error.strerror}")
            return
        if any(entry.name == ".gitignore" for entry in entries):
            ignores = (*ignores, *_read_ignore(folder))
        for entry in entries:
            step = self._entry(entry, root, ignores)
            if step is not None:
                yield step

    def _entry(
        self, entry: os.DirEntry[str], root: str, ignores: tuple[_Ignore, ...]
    ) -> FoundFile | FileOutcome | _Descend | None:
        path = entry.path
        if entry.name.startswith("."):
            return _outcome(path, "skipped", "hidden")
        try:
            found = entry.stat()
            is_folder = stat.S_ISDIR(found.st_mode)
        except OSError as error:
            broken = entry.is_symlink()
            return _outcome(path, "failed", "a broken link" if broken else f"cannot be opened: {error.strerror}")
        if _ignored(path, is_folder, ignores):
            return _outcome(path, "skipped", "ignored by .gitignore")
        if is_folder:
            return _Descend(path, found, ignores)
        reason = self._unfit(entry.name, found)
        return _outcome(path, "skipped", reason) if reason else next(self._file(path, root, found), None)

    def _unfit(self, name: str, found: os.stat_result) -> str:
        """Return why a file in a folder is not a document, by its name and kind; empty if it may be one."""
        if not stat.S_ISREG(found.st_mode):
            return "not a regular file"
        if name.startswith("~$"):
            return "a lock file of an office program"
        suffix = PurePath(name).suffix.lower()
        if suffix in self.suffixes or (not suffix and name.lower() in _BARE_NAMES):
            return ""
        return f"no reader for {suffix} files" if suffix else "no suffix; name the file itself to add it"

    def _file(self, path: str, root: str | None, found: os.stat_result) -> Iterator[FoundFile | FileOutcome]:
        """At most one item: nothing for a file that was yielded before."""
        if path in self.files:
            return
        self.files.add(path)
        if found.st_size > self.max_file_bytes:
            size = f"{found.st_size:,} bytes; the limit is {self.max_file_bytes:,} (VERBATIM_MAX_FILE_BYTES)"
            yield _outcome(path, "failed", f"too large: {size}")
        elif _foreign(path):
            yield _outcome(path, "failed", "its name is not valid text; rename it")
        else:
            yield FoundFile(path, root, found.st_size, found.st_mtime_ns, f"{found.st_ino}:{found.st_ctime_ns}")


@dataclass(frozen=True, slots=True)
class _Descend:
    """A folder met in a folder."""

    folder: str
    found: os.stat_result
    ignores: tuple[_Ignore, ...]


def _outcome(path: str, status: FileStatus, reason: str) -> FileOutcome:
    shown = path.encode("utf-8", "replace").decode() if _foreign(path) else path
    return FileOutcome(shown, status, reason)


def _foreign(path: str) -> bool:
    """True when the file system's name is not valid UTF-8 (Python shows such bytes as lone surrogates)."""
    return not path.isascii() and any("\ud800" <= char <= "\udfff" for char in path)


def _ignored(path: str, is_folder: bool, ignores: tuple[_Ignore, ...]) -> bool:
    """The innermost ``.gitignore`` that mentions the path decides."""
    for ignore in reversed(ignores):
        verdict = ignore.verdict(path, is_folder)
        if verdict is not None:
            return verdict
    return False


def _read_ignore(folder: str) -> tuple[_Ignore, ...]:
    """Return the folder's rules; none if the file cannot be read; lines that are not patterns are skipped, and what
    comes after the first 256 KiB."""
    from pathspec import GitIgnoreSpec

    try:
        with open_foreign(os.path.join(folder, ".gitignore")) as stream:
            data = stream.read(_IGNORE_BYTES) or b""
        if len(data) == _IGNORE_BYTES:  # half a line could be a pattern that ignores more
            data = data[: data.rfind(b"\n") + 1]
        lines = data.decode("utf-8", "replace").splitlines()
    except OSError:
        return ()
    return (_Ignore(folder, GitIgnoreSpec([pattern for line in lines if (pattern := _pattern(line))])),)


def _pattern(line: str) -> GitIgnoreSpecPattern | None:
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    try:
        regex, include = GitIgnoreSpecPattern.pattern_to_regex(line)
        return GitIgnoreSpecPattern(re.compile(_linear(regex)), include) if regex else None
    except (ValueError, re.error, OverflowError, RecursionError):
        return None


def _linear(regex: str) -> str:
    """A pattern's expression that takes linear time: ``*a*a*a*b`` took hours on a name of 200 letters.

    Whatever follows a ``*`` up to the next one may match as early as it can, and need not be tried further on when what
    comes later fails; the same holds for ``**``, where it ends with a folder.
    """
    first, *rest = _FOLDERS.split(regex)
    parts = [_linear_names(first)]
    for folders, names in zip(rest[::2], map(_linear_names, rest[1::2]), strict=True):
        parts.append(f"(?>{folders.replace('+', '+?')}?{names}(?=/))")
    if rest:
        parts[-1] = rest[-2] + _linear_names(rest[-1])
    return "".join(parts)


def _linear_names(regex: str) -> str:
    first, *rest = _LETTERS.split(regex)
    early = "".join(f"(?>[^/]*?{part})" for part in rest[:-1])
    return f"{first}{early}[^/]*{rest[-1]}" if rest else first
