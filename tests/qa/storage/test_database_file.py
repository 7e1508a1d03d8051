"""The SQLite file: removal leaves nothing outside its folder, and another file in its place is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa import Library
from qa.errors import LibraryError
from tests.helpers import tower_library

REMOVING = """
import os, sys
from embeddings import HashingEncoder
from qa import Library
with Library.open(sys.argv[1], encoder=HashingEncoder()) as library:
    library._store._database.rows("PRAGMA cache_size = 2")  # SQLite makes no temporary file for what fits in there
    os.utime(os.environ["SQLITE_TMPDIR"], (0, 0))
    print(library.remove("tower.md").count("removed"))
"""


def test_removing_makes_no_file_outside_the_folder(tmp_path: Path) -> None:
    """SQLite unlinks its temporary files at once, but that changes the date of their folder."""
    with tower_library(tmp_path) as library:
        library.add_upload("more.md", b"# More\n\n" + b" ".join(b"word%d" % n for n in range(9000)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    arguments = [sys.executable, "-c", REMOVING, str(tmp_path / "library")]
    run = subprocess.run(
        arguments, env={**os.environ, "SQLITE_TMPDIR": str(elsewhere)}, capture_output=True, text=True, check=False
    )
    assert run.stdout == "1\n", run.stderr
    assert elsewhere.stat().st_mtime == 0
    assert {path.name for path in (tmp_path / "library").glob("library.db*")} == {"library.db"}


@pytest.mark.parametrize("replaced", [True, False])
def test_another_file_in_its_place_is_noticed(tmp_path: Path, replaced: bool) -> None:
    """By whatever comes next: nothing is written to a file that is gone."""
    with tower_library(tmp_path) as library:
        database = library.folder / "library.db"
        database.rename(tmp_path / "old.db")
        if replaced:
            shutil.copy(tmp_path / "old.db", database)
        calls = [library.sources, lambda: library.search("tower"), lambda: library.remove("tower.md")]
        for call in calls:
            with pytest.raises(LibraryError, match=r"replaced or deleted.*Open the library again"):
                call()
    with Library.open(tmp_path / "library", encoder=HashingEncoder()) as again:
        assert len(again.sources()) == replaced
