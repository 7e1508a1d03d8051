"""A library's store in one SQLite file. Nobody else imports SQLite or writes SQL."""

from qa.storage.sqlite.store import SQLiteStore

__all__ = ["SQLiteStore"]
