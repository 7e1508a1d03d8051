"""What an evaluation gives, as values and as a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa.errors import FileUnreadable
from qa.evaluation.figures import Figure, Row
from qa.evaluation.questions import Problem
from qa.files import write_whole

FORMAT = "verbatim-evaluation/1"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures, the questions they come from, and what was left out."""

    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    about: Mapping[str, Any]
    """Date, versions, settings, seed, model, number of documents and passages, and what was named by whom called."""

    def figure(self, name: str) -> Figure:
        """The figure of this name. Raises ``KeyError``."""
        return {figure.name: figure for figure in self.figures}[name]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "format": FORMAT,
            "about": dict(self.about),
            "figures": [asdict(figure) for figure in self.figures],
            "problems": [asdict(problem) for problem in self.problems],
            "questions": [asdict(row) for row in self.rows],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Evaluation:
        """What ``to_dict`` gave. Raises ``KeyError`` or ``TypeError`` for anything else."""
        if values["format"] != FORMAT:
            raise TypeError(f"its format is {values['format']!r}, not {FORMAT!r}")
        return cls(
            tuple(Figure(**figure) for figure in values["figures"]),
            tuple(Row(**row) for row in values["questions"]),
            tuple(Problem(**problem) for problem in values["problems"]),
            values["about"],
        )

    def save(self, path: str | Path) -> None:
        """Write the JSON file, whole or not at all."""
        write_whole(Path(path), json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Evaluation:
        """What ``save`` wrote. Raises ``FileUnreadable`` for anything else, ``OSError``."""
        try:
            return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError) as error:
            raise FileUnreadable(str(path), f"not a file that `qa evaluate --output` wrote: {error}") from error
