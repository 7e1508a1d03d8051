"""Reads every file of formats.tar.gz in the reading process: what was read, what was refused and why, how fast.

python -m benchmarks.formats                      # the table
python -m benchmarks.formats --only pdf --show    # those whose path contains "pdf", with the start of their text
"""

from __future__ import annotations

import argparse
import tarfile
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.questions import DATA
from qa.errors import FileError
from qa.loaders import FileReader
from qa.settings import Settings
from qa.types import Document


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line for each file, and the totals."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, default=DATA / "formats.tar.gz")
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("--show", action="store_true", help="also the first 200 characters of each text")
    options = parser.parse_args(arguments)
    counts: Counter[str] = Counter()
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, FileReader(Settings()) as reader:
        with tarfile.open(options.archive) as archive:
            archive.extractall(folder, filter="data")
        for path in _files(Path(folder), options.only):
            status, line = _read(reader, path, Path(folder), show=options.show)
            counts[status] += 1
            print(line, flush=True)
    totals = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"\n{counts.total()} files in {time.perf_counter() - started:.1f} s: {totals}")


def _files(folder: Path, only: str) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and only in str(path.relative_to(folder)):
            yield path


def _read(reader: FileReader, path: Path, folder: Path, *, show: bool) -> tuple[str, str]:
    """The status and the line of one file."""
    started = time.perf_counter()
    try:
        document: Document | FileError = reader.read(path)
    except FileError as error:
        document = error
    line = f"{path.relative_to(folder)!s:72} {time.perf_counter() - started:6.2f} s "
    if isinstance(document, FileError):
        status = type(document).__name__
        return status, f"{line}{'':>9} {status}: {document.reason}"
    return "read", line + _described(document) + (f"\n        {document.text[:200]!r}" if show else "")


def _described(document: Document) -> str:
    indexed = sum(block.indexed for block in document.blocks)
    notes = "; ".join(note.message for note in document.report.notes[:2])[:120]
    line = f"{len(document.text):9,} {document.report.loader}, {indexed} blocks, {document.language or '??'}"
    return line + (f"  [{notes}]" if notes else "")


if __name__ == "__main__":
    main()
