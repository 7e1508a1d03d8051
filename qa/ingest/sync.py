"""Keeping added folders in step: new and changed files are taken over, gone ones removed if that is safe."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from qa.ingest.indexer import Indexer
from qa.ingest.progress import OnProgress
from qa.storage.records import StoredSource
from qa.storage.store import Change, Store
from qa.types import FileOutcome, Note, Source

ALONE = "files added by themselves"
"""Stands for a folder's name in what is said of files that were not added with a folder."""
REFUSED = "sync_refused"
"""Code of the note on a folder whose missing files were kept."""
_LEFT_OUT = "left_out"
"""Key under which the store keeps the fingerprints of removed files: of a removed document not even the name stays."""


def sync(
    store: Store,
    indexer: Indexer,
    roots: Sequence[str | Path] | None,
    yes: bool,
    gone_share: float,
    on_progress: OnProgress | None,
) -> list[FileOutcome]:
    """Sync these roots (None: every folder and single file that was added); uploads are left alone.

    Files are added first, so that a moved file is found at its new place before the old one counts as gone.
    """
    before = [stored for stored in store.sources() if not stored.source.upload]
    places = _places(before) if roots is None else [os.path.abspath(root) for root in roots]
    present = [place for place in places if os.path.lexists(place)]
    left_out = frozenset(store.names(_LEFT_OUT))
    outcomes = indexer.add(present, on_progress, skip=lambda path: _fingerprint(path) in left_out) if present else []
    for root in dict.fromkeys(_root_of(place, before) for place in (*places, *_added_inside(places, before))):
        outcomes += _remove_gone(store, root, before, yes, gone_share)
    return outcomes


def leave_out(store: Store, change: Change, paths: Iterable[str]) -> None:
    """Make later syncs skip these files."""
    change.put_names(_LEFT_OUT, [*store.names(_LEFT_OUT), *map(_fingerprint, paths)])


def take_back(store: Store, paths: Iterable[str]) -> None:
    """Make later syncs see these files again: they were added by name."""
    if left_out := store.names(_LEFT_OUT):
        back = set(map(_fingerprint, paths))
        if back.intersection(left_out):
            with store.writing() as change:
                change.put_names(_LEFT_OUT, [each for each in left_out if each not in back])


def _fingerprint(path: str) -> str:
    return hashlib.blake2b(path.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _places(sources: Sequence[StoredSource]) -> list[str]:
    return list(dict.fromkeys(stored.source.root or stored.source.path for stored in sources))


def _root_of(place: str, sources: Sequence[StoredSource]) -> str | None:
    """None for a file that was added by itself: these are judged together."""
    alone = any(stored.source.path == place and stored.source.root is None for stored in sources)
    return None if alone else place


def _added_inside(places: Sequence[str], sources: Sequence[StoredSource]) -> Iterator[str]:
    """The folders that were added inside these places: each is judged by itself, for it may be a disk of its own."""
    roots = dict.fromkeys(stored.source.root for stored in sources if stored.source.root)
    return (root for root in roots if any(root != place and _is_in(root, place) for place in places))


def _remove_gone(
    store: Store, root: str | None, before: Sequence[StoredSource], yes: bool, gone_share: float
) -> list[FileOutcome]:
    ids = {stored.source.id for stored in before if _is_judged_with(stored.source, root)}
    now = [stored.source for stored in store.sources() if stored.source.id in ids]
    gone = [source for source in now if not os.path.lexists(source.path)]
    if not gone:
        return []
    if not yes and (reason := _doubt(root, len(gone), len(ids), gone_share)):
        message = f"{reason} If this is intended: qa sync --yes"
        return [FileOutcome(root or ALONE, "failed", message, notes=(Note(REFUSED, reason),))]
    with store.writing() as change:
        change.drop_sources(source.id for source in gone)
    return [FileOutcome(source.path, "removed", source_id=source.id) for source in gone]


def _doubt(root: str | None, gone: int, total: int, gone_share: float) -> str:
    """Return why the files may be gone for a while only; empty if there is no reason to think so."""
    if root is not None and not os.path.isdir(root):
        return f"the folder is missing; its {gone} documents were kept."
    if gone > gone_share * total:
        return f"{gone} of {total} files are gone, over {gone_share:.0%}; nothing was removed."
    return ""


def _is_judged_with(source: Source, root: str | None) -> bool:
    """Whether a source belongs to this place and not to a folder that was added inside it."""
    if root is None or source.root is None:
        return root is source.root
    return (_is_in(source.path, root) and _is_in(root, source.root)) or source.root == root


def _is_in(path: str, folder: str) -> bool:
    return (path + os.sep).startswith(folder.rstrip(os.sep) + os.sep)
