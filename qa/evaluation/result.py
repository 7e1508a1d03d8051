"""The result of an evaluation, as values and as a JSON file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.codec import from_json, to_json
from qa.errors import FileUnreadable
from qa.evaluation.figures import Figure, ScoredQuestion
from qa.evaluation.questions import Problem
from qa.files import write_whole

FORMAT = "verbatim-evaluation/1"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures, the questions they are computed from, and problems with those that were left out."""

    figures: tuple[Figure, ...]
    questions: tuple[ScoredQuestion, ...]
    problems: tuple[Problem, ...]
    about: Mapping[str, Any]
    """Date, versions, settings, seed, model, number of documents and passages, and the paths that ``evaluate`` got."""

    def figure(self, name: str) -> Figure:
        """The figure with this name. Raises ``KeyError``."""
        return {figure.name: figure for figure in self.figures}[name]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {"format": FORMAT, **to_json(self)}

    def save(self, path: str | Path) -> None:
        """Write the JSON file, atomically."""
        write_whole(Path(path), json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n")

    @classmethod
    def load(cls, path: str | Path) -> Evaluation:
        """The inverse of ``save``. Raises ``FileUnreadable`` for any other file, ``OSError``."""
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
            if (found := values.pop("format")) != FORMAT:
                raise ValueError(f"its format is {found!r}, not {FORMAT!r}")
            return from_json(cls, values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FileUnreadable(str(path), f"not a file written by `qa evaluate --output`: {error}") from error
