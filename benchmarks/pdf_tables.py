"""How many rows of known tables in PDFs are read, and how many rows that are read are rows of a table.

python -m benchmarks.pdf_tables                   # made PDFs: each, then the totals of both sets
python -m benchmarks.pdf_tables --show            # with what is missing and what is wrong
python -m benchmarks.pdf_tables --labels FILE     # real PDFs: JSON, path → list of rows, each the list of its values
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from benchmarks.made_apart import make_apart
from benchmarks.made_tables import Made, make_all
from qa.loaders.base import LoadedText
from qa.loaders.pdf import load as pdf

Rows = Sequence[object]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print precision and recall of rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--labels", type=Path)
    options = parser.parse_args(arguments)
    if options.labels:
        labels = json.loads(options.labels.read_text(encoding="utf-8"))
        files: dict[str, tuple[bytes, Rows]] = {
            name: (Path(name).read_bytes(), [tuple(row) for row in rows]) for name, rows in labels.items()
        }
        measure(files, row_values, show=options.show)
    else:
        for title, made in (("tuned on these", make_all()), ("written afterwards", make_apart())):
            print(f"{title}:")
            measure(_files(made), row_texts, show=options.show)


def _files(made: Iterable[Made]) -> dict[str, tuple[bytes, Rows]]:
    return {each.name: (each.data, each.rows) for each in made}


def row_texts(loaded: LoadedText) -> list[str]:
    """The rows as they read."""
    return [loaded.text[block.start : block.end] for block in loaded.blocks if block.kind == "table_row"]


def row_values(loaded: LoadedText) -> list[tuple[str, ...]]:
    """The values of each row, without headers."""
    rows = (block.cells for block in loaded.blocks if block.kind == "table_row")
    return [tuple(loaded.text[cell.start : cell.end] for cell in cells) for cells in rows]


def measure(
    files: dict[str, tuple[bytes, Rows]], rows_of: Callable[[LoadedText], Rows], *, show: bool
) -> tuple[int, int, int]:
    """Print each file's and the total precision and recall; return the rows found rightly, found and wanted."""
    right = found = wanted = 0
    for name, (data, rows) in files.items():
        got = rows_of(pdf.load(data, name))
        common = _common(got, rows)
        right, found, wanted = right + common, found + len(got), wanted + len(rows)
        print(f"{name:60} {common:4} right, {len(got):4} found, {len(rows):4} wanted")
        if show:
            for sign, missed in (("-", Counter(rows) - Counter(got)), ("+", Counter(got) - Counter(rows))):
                print(*(f"    {sign} {row}" for row in missed), sep="\n")
    print(
        f"precision {right / max(found, 1):.3f} of {found} rows, recall {right / max(wanted, 1):.3f} of {wanted},",
        f"{len(files)} PDFs",
    )
    return right, found, wanted


def _common(got: Iterable[object], wanted: Iterable[object]) -> int:
    return (Counter(got) & Counter(wanted)).total()


if __name__ == "__main__":
    main()
