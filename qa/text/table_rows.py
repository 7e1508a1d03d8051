"""The cells of a table row in a quote. Loaders write a row as ``header: cell; header: cell``; here they are told apart
again, to be shown one below the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADER = re.compile(r"(?:\A|; )([^:;\n]{1,60}: )(?=\S)")
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """``line[start:cell]`` is ``header: ``, ``line[cell:end]`` the words under it, ``line[end:after]`` the ``; ``."""

    start: int
    cell: int
    end: int
    after: int


def cells(line: str) -> list[Cell]:
    """The cells of one line, which without holes are the whole line; none when it does not read like a table row.

    A ``;`` in a cell stays in it, unless what follows looks like the next header.
    """
    headers = list(_HEADER.finditer(line))
    if len(headers) < _FEWEST or headers[0].start() != 0:
        return []
    ends = [(header.start(), header.start(1)) for header in headers[1:]] + [(len(line), len(line))]
    return [Cell(header.start(1), header.end(), *end) for header, end in zip(headers, ends, strict=True)]
