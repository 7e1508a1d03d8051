"""Charts of Office files: their titles, and their numbers as rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.office.format_codes import GENERAL
from qa.loaders.office.number_format import show_number

_MAX_POINTS = 2000


def add_chart(builder: TextBuilder, chart: Any) -> int:
    """Append a chart's titles, and a row for each category with the value of each series, in the data's number format.

    Gives the number of points that were too many.
    """
    for title in chart.iter("{*}title"):
        builder.block("caption", title_text(title))
    series = list(chart.iter("{*}ser"))
    from_1904 = any(found.get("val") in ("1", "true") for found in chart.iter("{*}date1904"))
    header = ["", *(" ".join(map(title_text, one.iterchildren("{*}tx"))) for one in series)]
    names = next((found for one in series if (found := _points(one, from_1904, "cat", "xVal"))), {})
    columns = [names, *(_points(one, from_1904, "val", "yVal") for one in series)]
    rows, group = sorted({index for column in columns for index in column}), builder.new_group()
    for number, index in enumerate(rows[:_MAX_POINTS], 2):
        builder.row(header, [column.get(index, "") for column in columns], group=group, row=number)
    return max(len(rows) - _MAX_POINTS, 0)


def title_text(title: Any) -> str:
    """The words of a title, or of the cell that it is taken from."""
    return one_line("".join(found.text or "" for found in title.iter("{*}t", "{*}v")))


def _points(series: Any, from_1904: bool, *names: str) -> Mapping[int, str]:
    """The stored values under the first of the elements that the series has, as shown, by their places."""
    for name in names:
        for found in series.iterchildren("{*}" + name):
            inner, *outer = list(found.iter("{*}lvl")) or [found]
            points = _shown(inner, from_1904)
            for level in outer:  # whose names hold until the next
                points = _under(_shown(level, from_1904), points)
            return points
    return {}


def _under(outer: Mapping[int, str], points: Mapping[int, str]) -> dict[int, str]:
    named, name = {}, ""
    for place in sorted({*outer, *points}):
        name = outer.get(place, name)
        if place in points:
            named[place] = f"{name} {points[place]}".strip()
    return named


def _shown(level: Any, from_1904: bool) -> dict[int, str]:
    code = next((found.text or GENERAL for found in level.iter("{*}formatCode")), GENERAL)
    points: dict[int, str] = {}
    for point in level.iter("{*}pt"):
        place, value = point.get("idx", ""), "".join(found.text or "" for found in point.iterchildren("{*}v"))
        if not place.isdecimal() or len(place) > 7:
            continue
        if point.getparent().tag.rpartition("}")[2] in ("numCache", "numLit"):
            value = show_number(value, point.get("formatCode", code), from_1904=from_1904)
        points[int(place)] = value
    return points
