"""What holds for every test of ingest."""

from __future__ import annotations

import pytest

import qa.ingest.batch


@pytest.fixture(autouse=True)
def batches_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """How files are batched does not depend on the clock; a test that wants each in a batch of its own says so."""
    monkeypatch.setattr(qa.ingest.batch, "_MOST_SECONDS", float("inf"))
