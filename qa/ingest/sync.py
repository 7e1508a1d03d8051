"""Bringing added folders up to date: new and changed files are added, missing ones removed if that is safe."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from qa.ingest.added_here import AddedHere
from qa.ingest.indexer import Indexer
from qa.ingest.progress import OnProgress
from qa.loaders import loaders_version
from qa.storage.records import StoredSource
from qa.storage.store import Change, Store
from qa.types import FileOutcome, Note, Source

ALONE = "files added by themselves"
"""Used instead of a folder's name for files that were added individually."""
REFUSED = "sync_refused"
"""Code of the note on a folder whose missing files were not removed."""
UNCONFIRMED = "sync_unconfirmed"
"""Code of the note on a folder that was not read because it was not added on this machine."""
OUTDATED = "read_by_earlier_version"
"""Code of the note on documents that a sync would read again."""
_LEFT_OUT = "left_out"
"""Key in the store for the fingerprints of removed files: not even the names of removed documents are stored."""


def sync(
    store: Store,
    indexer: Indexer,
    added: AddedHere,
    roots: Sequence[str | Path] | None,
    yes: bool,
    gone_share: float,
    on_progress: OnProgress | None,
) -> list[FileOutcome]:
    """Sync these roots (None: every folder and single file that was added).

    Of all, only those that were added on this machine, and those uploads are read again that an earlier version of the
    program read. Files are added first, so that a moved file is found at its new
    path before the old one counts as gone.
    """
    before = [stored for stored in store.sources() if not stored.source.upload]
    outcomes: list[FileOutcome] = []
    if roots is None:
        before, outcomes = _confirmed(before, added)
        uploads = [each.source for each in store.sources() if each.source.upload and each.loaders != loaders_version()]
        outcomes += added.read_again(indexer, uploads, on_progress)
    named = _named(before) if roots is None else [os.path.abspath(root) for root in roots]
    added.note(named)
    present = [path for path in named if os.path.lexists(path)]
    left_out = frozenset(store.names(_LEFT_OUT))
    if present:
        outcomes += indexer.add(present, on_progress, skip=lambda path: _fingerprint(path) in left_out)
    for root in dict.fromkeys(_root_of(path, before) for path in (*named, *_added_inside(named, before))):
        outcomes += _remove_gone(store, root, before, yes, gone_share)
    return outcomes


def outdated(store: Store) -> int:
    """The number of sources that an earlier version of the program read."""
    return store.outdated_count(loaders_version())


def outdated_note(store: Store) -> tuple[Note, ...]:
    """A note when documents were read by an earlier version of the program; else none."""
    count = outdated(store)
    if not count:
        return ()
    documents = "1 document was" if count == 1 else f"{count:,} documents were"
    message = f"{documents} read by an earlier version of the program, which saw less of the structure."
    return (Note(OUTDATED, f"{message} Update the folders (qa sync) to have them read again."),)


def _confirmed(before: Sequence[StoredSource], added: AddedHere) -> tuple[list[StoredSource], list[FileOutcome]]:
    """Return the sources in folders that were added on this machine, and an outcome for each other folder."""
    unknown = frozenset(added.unconfirmed(stored.source for stored in before))
    roots = dict.fromkeys(_root_of(path, before) for path in sorted(unknown))
    return [stored for stored in before if _name(stored.source) not in unknown], list(map(_unconfirmed, roots))


def exclude(store: Store, change: Change, paths: Iterable[str]) -> None:
    """Make later syncs skip these files."""
    change.put_names(_LEFT_OUT, [*store.names(_LEFT_OUT), *map(_fingerprint, paths)])


def include_again(store: Store, paths: Iterable[str]) -> None:
    """Make later syncs see these files again: they were added by name."""
    if left_out := store.names(_LEFT_OUT):
        back = set(map(_fingerprint, paths))
        if back.intersection(left_out):
            with store.writing() as change:
                change.put_names(_LEFT_OUT, [each for each in left_out if each not in back])


def _fingerprint(path: str) -> str:
    return hashlib.blake2b(path.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _named(sources: Sequence[StoredSource]) -> list[str]:
    return list(dict.fromkeys(_name(stored.source) for stored in sources))


def _name(source: Source) -> str:
    return source.root or source.path


def _unconfirmed(root: str | None) -> FileOutcome:
    reason = "the library names it, but it was not added on this machine, so none of it was read."
    message = f"{reason} To read it into this library, add --trust."
    return FileOutcome(root or ALONE, "failed", message, notes=(Note(UNCONFIRMED, reason),))


def _root_of(path: str, sources: Sequence[StoredSource]) -> str | None:
    """Return the folder to judge by; None for a file that was added individually: these are judged together."""
    alone = any(stored.source.path == path and stored.source.root is None for stored in sources)
    return None if alone else path


def _added_inside(named: Sequence[str], sources: Sequence[StoredSource]) -> Iterator[str]:
    """Yield the folders that were added inside these: each is judged separately, as it may be a disk of its own."""
    roots = dict.fromkeys(stored.source.root for stored in sources if stored.source.root)
    return (root for root in roots if any(root != path and _is_in(root, path) for path in named))


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
    """True if a source belongs to this folder and not to one that was added inside it."""
    if root is None or source.root is None:
        return root is source.root
    return (_is_in(source.path, root) and _is_in(root, source.root)) or source.root == root


def _is_in(path: str, folder: str) -> bool:
    return (path + os.sep).startswith(folder.rstrip(os.sep) + os.sep)
