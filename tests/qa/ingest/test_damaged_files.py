"""2,000 damaged files through the page: it answers meanwhile, and its process stays small."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

import httpx
import pytest

from embeddings import HashingEncoder
from qa import Library
from tests.helpers import DATA, needs_data
from tests.qa.loaders.test_formats import ARCHIVE, fuzzed

FILES = 2_000
MOST_BYTES = 200_000
"""Files larger than this are left out: it is the number that counts."""
MOST_RESIDENT_MB = 700
MOST_SILENT_SECONDS = 2.0
ROOT = Path(__file__).parents[3]
SERVE = """
import sys
from pathlib import Path
from embeddings import HashingEncoder
from qa import Library
from qa.web.server import serve

library, folder = map(Path, sys.argv[1:])
serve(Library.open(library, encoder=HashingEncoder()), paths=[folder], port=0, open_browser=False)
"""


def write_damaged(archive: Path, folder: Path) -> None:
    """Damaged copies of the sample files, always the same."""
    with tarfile.open(archive) as samples:
        samples.extractall(folder / "whole", filter="data")
    whole = [
        path
        for path in sorted((folder / "whole").rglob("*"))
        if path.is_file() and 0 < path.stat().st_size < MOST_BYTES
    ]
    source = random.Random(7)
    (folder / "damaged").mkdir()
    for number, path in enumerate(islice(cycle(whole), FILES)):
        (folder / "damaged" / f"{number:04}{path.suffix}").write_bytes(fuzzed(path.read_bytes(), source))


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """The page's address and its process."""
    command = [sys.executable, "-c", SERVE, str(folder / "library"), str(folder / "damaged")]
    environment = {**os.environ, "VERBATIM_READ_SECONDS": "10", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        address = next(found[0] for line in process.stderr if (found := re.search(r"http://\S+", line)))
        try:
            yield address, process.pid
        finally:
            process.terminate()


def resident_mb(process: int) -> int:
    """The largest resident size of a process so far."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found
    return int(found[1]) // 1024


@pytest.mark.corpus
@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@needs_data(ARCHIVE)
def test_damaged_files_neither_stop_the_page_nor_make_it_large(tmp_path: Path) -> None:
    write_damaged(DATA / ARCHIVE, tmp_path)
    slowest = 0.0
    with served(tmp_path) as (address, process):
        with httpx.Client(base_url=address, timeout=30, trust_env=False) as page:
            while True:
                asked = time.monotonic()
                status = page.get("/api/status").json()
                slowest = max(slowest, time.monotonic() - asked)
                if status["report"]:
                    break
        largest = resident_mb(process)
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as library:
        assert library.stats().sources > FILES / 4
    assert slowest < MOST_SILENT_SECONDS
    assert largest < MOST_RESIDENT_MB
