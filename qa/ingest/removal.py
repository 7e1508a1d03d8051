"""Removing sources from a library, with everything that only they had."""

from __future__ import annotations

from collections.abc import Sequence

from qa.ingest.sync import exclude
from qa.ingest.uploads import Uploads
from qa.storage.store import Store
from qa.types import AddReport, FileOutcome, Source


def remove(store: Store, uploads: Uploads, sources: Sequence[Source]) -> AddReport:
    """Remove these sources in one transaction; later syncs skip their files, and copies of uploads are deleted.

    The caller holds the right to change the library (``qa.ingest.session.Changes.change``).
    """
    with store.writing() as change:
        uploads.release(change, sources)
        exclude(store, change, [source.path for source in sources if source.root])
        change.drop_sources(source.id for source in sources)
    return AddReport(tuple(FileOutcome(s.path, "removed", source_id=s.id) for s in sources))
