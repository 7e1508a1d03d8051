"""The folders and files that were added on this machine, for a library itself may come from somebody else: what it
names is not read until the user has named it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from platformdirs import user_config_path

from qa.files import write_whole

NOT_ADDED_HERE = "this file was not added on this machine; to read it, add it or update the folders (qa sync)"
"""Why a file is not read again."""

logger = logging.getLogger(__name__)


class AddedHere:
    """What was added to one library on this machine, in a file among the user's settings."""

    def __init__(self, library: Path) -> None:
        """``library``: its folder. Where that was moved or copied from somewhere, nothing is known."""
        name = hashlib.blake2b(os.fsencode(os.path.realpath(library)), digest_size=16).hexdigest()
        self._file = user_config_path("verbatim", appauthor=False) / "added" / f"{name}.json"

    def note(self, paths: Iterable[str | Path]) -> None:
        """Note that the user has named these. Nobody else may write to the library meanwhile."""
        if new := self.unknown(os.path.abspath(os.path.expanduser(path)) for path in paths):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self._file, json.dumps([*self._noted(), *new], indent=0))
            except OSError as error:
                logger.warning("%s cannot be written: %s. A later sync will ask again.", self._file, error)

    def unknown(self, paths: Iterable[str]) -> list[str]:
        """Those of these absolute paths that are neither noted nor inside a folder that is."""
        noted = frozenset(self._noted())
        return [path for path in paths if os.path.abspath(path) != path or noted.isdisjoint(_with_parents(path))]

    def _noted(self) -> list[str]:
        try:
            return list(map(str, json.loads(self._file.read_text(encoding="utf-8"))))
        except (OSError, ValueError, TypeError):
            return []


def _with_parents(path: str) -> list[str]:
    return [path, *map(str, PurePath(path).parents)]
