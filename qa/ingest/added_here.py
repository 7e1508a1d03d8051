"""The folders and files that were added on this machine, for a library itself may come from somebody else: what it
names is not read until the user has named it."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath

from platformdirs import user_config_path

from qa.files import write_whole
from qa.ingest.indexer import Indexer
from qa.ingest.progress import OnProgress
from qa.ingest.uploads import Uploads
from qa.types import FileOutcome, Source

_NOT_ADDED_HERE = "this file was not added on this machine; to read it, add it or update the folders (qa sync)"

logger = logging.getLogger(__name__)


class AddedHere:
    """What was added to one library on this machine, in a file among the user's settings."""

    def __init__(self, library: Path, uploads: Uploads) -> None:
        """``library``: its folder. Where that was moved or copied from somewhere, nothing is known."""
        name = hashlib.blake2b(os.fsencode(os.path.realpath(library)), digest_size=16).hexdigest()
        self._uploads = uploads
        self._file = user_config_path("verbatim", appauthor=False) / "added" / f"{name}.json"

    def note(self, paths: Iterable[str | Path]) -> None:
        """Note that the user has named these."""
        if new := self._unknown(os.path.abspath(os.path.expanduser(path)) for path in paths):
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_whole(self._file, json.dumps([*self._noted(), *new], indent=0))
            except OSError as error:
                logger.warning("%s cannot be written: %s. A later sync will ask again.", self._file, error)

    def unconfirmed(self, sources: Iterable[Source]) -> list[str]:
        """The folders of these sources, and the files that are in none, that were not added on this machine."""
        roots = (source.root or source.path for source in sources if not source.upload)
        return self._unknown(dict.fromkeys(roots))

    def trust(self, sources: Iterable[Source]) -> None:
        """Note all that is ``unconfirmed``, as the user has said so."""
        self.note(self.unconfirmed(sources))

    def may_read(self, source: Source) -> bool:
        """True for the file of an upload in the library's folder, and for one added here, by itself or in a folder."""
        return self._uploads.owns(source.path) if source.upload else not self._unknown([source.path])

    def read_again(
        self, indexer: Indexer, sources: Sequence[Source], on_progress: OnProgress | None
    ) -> list[FileOutcome]:
        """As the indexer's, of those sources that ``may_read`` allows."""
        allowed = {source.id: source for source in filter(self.may_read, sources)}
        others = [source for source in sources if source.id not in allowed]
        refused = [FileOutcome(source.path, "kept_old", _NOT_ADDED_HERE, source.id) for source in others]
        return [*indexer.read_again(list(allowed.values()), on_progress), *refused]

    def _unknown(self, paths: Iterable[str]) -> list[str]:
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
