"""The names of the files in a library folder, and the check that none of them leads out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from qa.errors import LibraryDamaged


class Layout:
    """The paths of everything in a library folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = folder / "library.db"
        """The SQLite file, which is the truth."""
        self.dense = folder / "dense" / "index.faiss"
        self.sparse = folder / "sparse"
        """The folder of the keyword index."""
        self.uploads = folder / "uploads"
        """The folder of uploaded files."""
        self.feedback = folder / "feedback.jsonl"
        """The ratings of answers, as a question set for ``qa evaluate``."""
        self.evaluation = folder / "evaluation.json"
        """The outcomes of the last ``qa evaluate`` (``qa.answering.error_rate``)."""
        self.lock = folder / "writer.lock"
        """The file that is locked while a process writes to the library."""

    def check(self) -> None:
        """Raise ``LibraryDamaged`` unless all that the program uses in the folder is a file or folder of its own.

        A library may come from somebody else: through a link in it, files of the user would be read or overwritten.
        """
        logs = (self.database.with_name(self.database.name + end) for end in ("", "-wal", "-shm", "-journal"))
        for file in (*logs, self.feedback, self.evaluation, self.lock):
            _check(file, stat.S_ISREG, "file")
        folders = [os.fspath(path) for path in (self.dense.parent, self.sparse, self.uploads)]
        for folder in folders:  # grows meanwhile
            if _check(folder, stat.S_ISDIR, "folder"):
                with suppress(OSError), os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(entry.path)
                        elif not entry.is_file(follow_symlinks=False):
                            _check(entry.path, stat.S_ISREG, "file")


def below_uploads(path: str, uploads: Path) -> str:
    """The part of an upload's path, as the store has it, below the folder of the uploads.

    Where that has been moved since, the longest end that is there, for uploads may come with a folder of that name.
    """
    if Path(path).is_relative_to(uploads):
        return os.path.relpath(path, uploads)
    parts = Path(path).parts
    ends = [os.path.join(*parts[place:]) for place in range(1, len(parts)) if parts[place - 1] == uploads.name]
    return next((end for end in ends if os.path.lexists(uploads / end)), ends[-1] if ends else Path(path).name)


def _check(path: str | Path, is_right: Callable[[int], bool], kind: str) -> bool:
    """False if there is nothing to be seen at ``path``. Raises ``LibraryDamaged`` for anything but this kind."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    if not is_right(found.st_mode):
        raise LibraryDamaged(
            f"{path} is a link or another thing where a library has a {kind} of its own; what it leads to may not "
            "belong to the library and was not touched. If you did not make it, do not trust this library; else put "
            f"the {kind} itself there, or delete it."
        )
    return True
