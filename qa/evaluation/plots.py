"""The two plots of an evaluation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from qa.errors import PackageMissing
from qa.evaluation.figures import calibration, risk_coverage
from qa.evaluation.result import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RISK_COVERAGE, CALIBRATION = "risk-coverage.png", "calibration.png"
_BLUE, _GREY = "#2563a6", "#8a8f98"


def require_matplotlib() -> None:
    """Raises ``PackageMissing`` unless the plots can be drawn."""
    if find_spec("matplotlib") is None:
        raise PackageMissing("Drawing plots", "matplotlib", "evaluate")


def save_plots(evaluation: Evaluation, folder: str | Path) -> list[Path]:
    """Write both as PNG into ``folder``, created if missing; none when no question was scored.

    Raises ``PackageMissing`` or ``OSError``.
    """
    require_matplotlib()
    if not evaluation.questions:
        return []
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    columns = np.array([[each.confidence, each.right] for each in evaluation.questions], np.float64)
    threshold = evaluation.about["settings"]["threshold"]
    n = f"{len(columns):,} questions"
    with _plot(folder / RISK_COVERAGE, f"Risk and coverage, {n}") as axes:
        answered = float((columns[:, 0] >= threshold).mean())
        axes.plot(*risk_coverage(columns), color=_BLUE)
        axes.axvline(answered, color=_GREY, linestyle="--", label=f"threshold {threshold:g}")
        axes.set(xlabel="share of questions answered", ylabel="share of answers wrong")
    with _plot(folder / CALIBRATION, f"Calibration, {n}") as axes:
        confidence, right, counts = calibration(columns)
        axes.plot([0, 1], [0, 1], color=_GREY, linestyle="--", label="perfect calibration")
        axes.plot(confidence, right, color=_BLUE)
        sizes = 20 + 400 * counts / counts.sum()
        axes.scatter(confidence, right, s=sizes, color=_BLUE, clip_on=False, label="area: n")
        axes.set(xlabel="confidence", ylabel="share right")
    return [folder / RISK_COVERAGE, folder / CALIBRATION]


@contextmanager
def _plot(path: Path, title: str) -> Iterator[Axes]:
    """Axes to draw on, then written to ``path``; without pyplot, which has global state and may open windows."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title)
    axes.grid(alpha=0.3)
    yield axes
    axes.set(xlim=(0, 1), ylim=(0, 1))
    axes.legend(frameon=False)
    figure.savefig(path, format="png")
