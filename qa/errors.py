"""Every error that people can meet. A message names the value, the limit and the next step."""

from __future__ import annotations

import logging

_UNEXPECTED = "Something went wrong that should not have; the terminal window says more."
_log = logging.getLogger(__name__)


class VerbatimError(Exception):
    """Base of all errors meant for people: ``str(error)`` can be shown as it is."""


class LibraryError(VerbatimError):
    """Something about the library folder."""


class LibraryNotFound(LibraryError):
    """The folder holds no library and was not to be made."""


class LibraryBusy(LibraryError):
    """Another process is writing to the library."""


class LibraryTooNew(LibraryError):
    """The library was written by a newer version of the program."""


class LibraryDamaged(LibraryError):
    """SQLite says that the library's file is damaged."""


class LibraryNotWritable(LibraryError):
    """The disk is full, or the folder cannot be written. What was saved before is intact."""


class ModelMismatch(LibraryError):
    """The library's vectors were made with another embedding model."""


class FileError(VerbatimError):
    """Something about one file."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str]]:
        return type(self), (self.path, self.reason)


class FileUnsupported(FileError):
    """No loader reads this kind of file."""


class FileUnreadable(FileError):
    """The file is damaged, empty, or not what its name says."""


class FileEncrypted(FileError):
    """The file needs a password."""


class FileTooHeavy(FileError):
    """Reading the file went over the size, time or memory limit."""


class QuestionError(VerbatimError):
    """A question that cannot be asked."""


class FilterError(VerbatimError):
    """A filter that names nothing in the library, or is not well formed."""


class Stopped(VerbatimError):
    """A question of a conversation was stopped, or deleted, before there was an answer."""


class NotFoundError(VerbatimError):
    """No document, conversation or message has this id, or not any more."""


class ModelError(VerbatimError):
    """The embedding model cannot be found or loaded."""


class ReaderError(VerbatimError):
    """The extractive reader cannot be loaded, is not a reader, or its weights are damaged."""


class WriterError(VerbatimError):
    """The language model cannot be reached, or gives nothing usable."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait
        """Seconds after which its address says that it has time again; None when it does not say."""


class PackageMissing(VerbatimError):
    """An optional part of the program whose packages (an extra) are not installed."""

    def __init__(self, purpose: str, packages: str, extra: str) -> None:
        super().__init__(f"{purpose} needs {packages}. Install with: pip install 'verbatim-qa[{extra}]'")


class SettingsError(VerbatimError):
    """A setting or environment variable has a value that cannot be."""


def error_words(error: Exception) -> str:
    """The message of one of our errors; for any other, that something went wrong, and the error in the log."""
    if isinstance(error, VerbatimError):
        return str(error)
    _log.error("unexpected error", exc_info=error)
    return _UNEXPECTED
