"""Rules for every test: nothing of this machine's settings is seen, nothing leaves it, and no run differs from another.

The network is closed by pytest-socket (``addopts`` in pyproject.toml): only loopback can be reached. Property tests see
the same examples each time; ``make test-corpus`` runs them with random ones, and more of them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports huggingface-hub, which reads it once
os.environ["OMP_NUM_THREADS"] = "1"  # two tests run at a time, and waiting threads took half of the processor's time
os.environ["VERBATIM_READER"] = "none"  # for what is made once a module; tests of the shipped reader name it

from embeddings import HashingEncoder
from qa import Library

settings.register_profile(
    "fixed",
    derandomize=True,
    max_examples=60,
    database=None,
    deadline=None,
    # too_slow looks at the clock; none of the function-scoped fixtures is changed by an example.
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("random", settings.get_profile("fixed"), derandomize=False, max_examples=300, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's folders are temporary ones, and no ``VERBATIM_…`` of the environment is seen."""
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith("VERBATIM_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VERBATIM_LIBRARY", str(home / "library"))
    monkeypatch.setenv("VERBATIM_READER", "none")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(home / name))


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """An empty library with the encoder that needs no model."""
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as opened:
        yield opened
