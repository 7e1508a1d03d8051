"""Rewrites a library's file in a process of its own, so that SQLite's temporary copy of it is made in the same folder.

SQLite puts that copy where an environment variable of the process says: by default outside the folder, which may be
on an encrypted or removable disk while the place for temporary files is not.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

_REWRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
try:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("VACUUM")
except sqlite3.Error as error:
    sys.exit(str(error))
"""


def vacuum(path: Path) -> None:
    """Run SQLite's ``VACUUM``. Needs as much room in the folder as the file takes, and for a while twice that.

    Raises ``sqlite3.OperationalError`` with SQLite's words.
    """
    places = dict.fromkeys(("SQLITE_TMPDIR", "TMPDIR", "TMP", "TEMP"), str(path.parent))
    done = subprocess.run(
        [sys.executable, "-P", "-c", _REWRITE, str(path)],
        env={**os.environ, **places},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise sqlite3.OperationalError(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "interrupted")
