"""Progress bars of long work, with rate and time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, Task, TaskID
from rich.progress import Progress as Bars
from rich.text import Text

from qa.cli.console import one_line
from qa.ingest.progress import OnProgress
from qa.types import Progress

_LABELS = {"read": "Reading", "encode": "Embedding", "ocr": "OCR"}
_NAME_CHARS = 32


class _Words(ProgressColumn):
    """A column with a text of the task, in which rich reads no markup."""

    def __init__(self, field: str) -> None:
        super().__init__()
        self._field = field

    def render(self, task: Task) -> Text:
        return Text(task.fields.get(self._field, ""), no_wrap=True)


@contextmanager
def bars(console: Console | None) -> Iterator[OnProgress | None]:
    """A callback that draws on ``console``; None when there is none."""
    if console is None:
        yield None
        return
    columns = (SpinnerColumn(), _Words("label"), BarColumn(20), MofNCompleteColumn(), _Words("rate"), _Words("item"))
    with Bars(*columns, console=console, transient=True) as drawn:
        tasks = {"read": drawn.add_task("", total=None, label="Looking for documents")}
        yield lambda progress: _draw(drawn, tasks, progress)


def _draw(drawn: Bars, tasks: dict[str, TaskID], progress: Progress) -> None:
    label, phase = _LABELS[progress.phase], progress.phase
    if phase not in tasks:
        tasks[phase] = drawn.add_task("", total=progress.total, label=label)
    drawn.update(
        tasks[phase],
        total=progress.total,
        completed=progress.done,
        label=label,
        rate=rate_words(progress),
        item=one_line(PurePath(progress.item).name)[:_NAME_CHARS] if progress.done < progress.total else "",
    )
    if progress.phase == "read" and progress.done == progress.total and "encode" not in tasks:
        tasks["encode"] = drawn.add_task("", total=None, label=_LABELS["encode"])  # the model is loaded meanwhile


def rate_words(progress: Progress) -> str:
    """``120 passages/s · 2:05 left``."""
    words = (
        f"{progress.rate:,.0f} {progress.unit}/s" if progress.rate >= 10 else f"{progress.rate:.1f} {progress.unit}/s"
    )
    if progress.seconds_left is None or progress.done >= progress.total:
        return words
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{words} · {f'{hours}:{minutes:02d}' if hours else minutes}:{seconds:02d} left"
