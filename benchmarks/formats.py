"""Every file of formats.tar.gz through the reading process: what was read, what was refused and why, how fast.

python benchmarks/formats.py                      # the table
python benchmarks/formats.py --only pdf --show    # those whose path contains "pdf", with the start of their text
"""

from __future__ import annotations

import argparse
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from qa.errors import FileError
from qa.loaders import FileReader
from qa.settings import Settings

ARCHIVE = Path(__file__).parents[2] / "shared/data/formats.tar.gz"


def main() -> None:
    """Print one line a file and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--archive", type=Path, default=ARCHIVE)
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("--show", action="store_true", help="also the first 200 characters of each text")
    options = parser.parse_args()
    counts: dict[str, int] = {}
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, FileReader(Settings()) as reader:
        with tarfile.open(options.archive) as archive:
            archive.extractall(folder, filter="data")
        for path in _files(Path(folder), options.only):
            status, line = _line(reader, path, Path(folder), show=options.show)
            counts[status] = counts.get(status, 0) + 1
            print(line, flush=True)
    sums = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(f"\n{sum(counts.values())} files in {time.perf_counter() - started:.1f} s: {sums}")


def _files(folder: Path, only: str) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and only in str(path.relative_to(folder)):
            yield path


def _line(reader: FileReader, path: Path, folder: Path, *, show: bool) -> tuple[str, str]:
    begun = time.perf_counter()
    name = str(path.relative_to(folder))
    try:
        document = reader.read(path)
    except FileError as error:
        seconds = time.perf_counter() - begun
        return type(error).__name__, f"{name:72} {seconds:6.2f} s {'':>9} {type(error).__name__}: {error.reason}"
    seconds = time.perf_counter() - begun
    indexed = [block for block in document.blocks if block.indexed]
    notes = "; ".join(note.message for note in document.report.notes[:2])
    line = f"{name:72} {seconds:6.2f} s {len(document.text):9,} {document.report.loader}, {len(indexed)} blocks"
    line += f", {document.language or '??'}" + (f"  [{notes[:120]}]" if notes else "")
    return "read", line + (f"\n        {document.text[:200]!r}" if show else "")


if __name__ == "__main__":
    main()
