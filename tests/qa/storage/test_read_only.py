"""A library in a folder that cannot be written is searched and asked; what has to write says that it cannot."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from tests.helpers import TOWER, tower_library, write

_AS_OTHERS = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
"""Root may write everywhere, unless it gives up the right to."""
pytestmark = pytest.mark.skipif(
    os.name != "posix" or (bool(_AS_OTHERS) and shutil.which("setpriv") is None), reason="root may write everywhere"
)
ASKING = """
import sys, tempfile
from pathlib import Path
from embeddings import HashingEncoder
from qa import Library
from qa.errors import LibraryNotWritable
with Library.open(sys.argv[1], encoder=HashingEncoder(), create=False) as library:
    assert library.search("iron tower", words_only=True)[0].detail.sparse_rank == 1
    assert "330 metres" in library.ask("How tall is the iron tower?").text
    assert library.sources() and library.stats().documents == 1 and library.id is not None
    for change in (lambda: library.add(sys.argv[1]), lambda: library.remove("tower.md"), library.check):
        try:
            change()
        except LibraryNotWritable:
            continue
        raise AssertionError("was written")
    print("asked")
    sys.stdout.flush()
    if sys.stdin.readline():
        assert "331 metres" in library.ask("How tall is the iron tower?").text
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A closed library."""
    tower_library(tmp_path).close()
    return tmp_path / "library"


def protect(folder: Path, *, writable: bool = False) -> None:
    """Take the right to write to the folder, or give it back."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod((0o755 if path.is_dir() else 0o644) if writable else (0o555 if path.is_dir() else 0o444))


def asking(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*_AS_OTHERS, sys.executable, "-c", ASKING, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    "sql",
    ["SELECT 1", "UPDATE passages SET listed = 0", "INSERT INTO unlisted SELECT 99"],
    ids=["whole", "nothing listed", "one to drop"],
)
def test_a_read_only_library_is_searched_and_asked(folder: Path, sql: str) -> None:
    connection = sqlite3.connect(folder / "library.db")
    connection.execute(sql)
    connection.commit()
    connection.close()
    protect(folder)
    run = asking(folder)
    output, errors = run.communicate()
    protect(folder, writable=True)
    assert (output, run.returncode) == ("asked\n", 0), errors


def test_it_is_searched_without_its_keyword_index_too(folder: Path) -> None:
    shutil.rmtree(folder / "sparse")
    protect(folder)
    run = asking(folder)
    output, errors = run.communicate()
    protect(folder, writable=True)
    assert (output, run.returncode) == ("asked\n", 0), errors


def test_what_others_write_to_it_is_seen(folder: Path) -> None:
    protect(folder)
    run = asking(folder)
    assert run.stdout is not None and run.stdout.readline() == "asked\n", run.communicate()
    protect(folder, writable=True)
    with Library.open(folder, encoder=HashingEncoder()) as library:
        library.add(write(folder.parent / "documents", {"tower.md": TOWER.replace("330", "331")}))
    protect(folder)
    _, errors = run.communicate("go on\n")
    protect(folder, writable=True)
    assert run.returncode == 0, errors
