"""Automatic numbers of Word's headings and lists (ECMA-376 part 1, 17.9)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from qa.loaders.number_words import in_format, like_example
from qa.loaders.office.docx_xml import W, is_on, number, style_id, to_number, value

LEVELS = 9
_MAX_PATTERN = 1000
_PLACE = re.compile("%([1-9])")
_OUTSIDE = (0, "?")
NO_LIST = "0"
"""The list id that takes a paragraph out of its style's list."""


class Place(NamedTuple):
    """A paragraph's place in a list."""

    list_id: str
    """``w:numId``, the instance of a list."""
    level: int
    """From 0."""


class Label(NamedTuple):
    """What Word writes before a paragraph."""

    number: str
    """Empty for bullets and where nothing is written."""
    text: str
    """The number, with what parts it from the paragraph's words."""
    counter: str
    """The abstract list that counts it."""
    goes_on: bool
    """True when the count went on, false when it started."""


class _Instance(NamedTuple):
    """A ``w:num``."""

    counter: str
    """The id of its abstract list."""
    overrides: dict[str, Any]
    """Its ``w:lvlOverride`` elements by level."""


class _Level(NamedTuple):
    start: int
    starts_anew: bool
    """True when the instance restarts the count where it is first used."""
    kind: str
    example: str
    pattern: str
    in_digits: bool
    restart: int | None
    gap: str


class Numbering:
    """The lists that a ``w:numbering`` element defines; None: the file has none."""

    def __init__(self, root: Any | None) -> None:
        self._instances: dict[str, _Instance] = {}
        self._lists: dict[str, dict[str, _Level]] = {}
        """Abstract lists: their levels by index."""
        self._linked: dict[tuple[str, str], int] = {}
        """Levels by abstract list and linked paragraph style."""
        self._levels: dict[Place, _Level | None] = {}
        if root is not None:
            self._read_instances(root, self._read_lists(root))

    def _read_lists(self, root: Any) -> dict[str, str]:
        """Read the abstract lists; returns which of them are defined by which other one, through a style."""
        defined: dict[str, str] = {}
        links: dict[str, str] = {}
        for element in root.iterchildren(W + "abstractNum"):
            key = element.get(W + "abstractNumId") or ""
            levels = {level.get(W + "ilvl") or "": level for level in element.iterchildren(W + "lvl")}
            self._lists[key] = {index: _read_level(level) for index, level in levels.items()}
            for index, level in levels.items():
                self._linked.setdefault((key, style_id(level, "pStyle")), to_number(index) or 0)
            defined.setdefault(style_id(element, "styleLink"), key)
            links[key] = style_id(element, "numStyleLink")
        return {key: defined[link] for key, link in links.items() if link and link in defined}

    def _read_instances(self, root: Any, definitions: Mapping[str, str]) -> None:
        for element in root.iterchildren(W + "num"):
            key = style_id(element, "abstractNumId")
            key = definitions.get(key, key)
            overrides = {item.get(W + "ilvl") or "": item for item in element.iterchildren(W + "lvlOverride")}
            if key in self._lists:
                self._instances[element.get(W + "numId") or ""] = _Instance(key, overrides)

    def counter(self, list_id: str) -> str | None:
        """The id of the abstract list that counts for ``list_id``; None when it is not defined."""
        instance = self._instances.get(list_id)
        return instance and instance.counter

    def linked_level(self, list_id: str, style: str) -> int | None:
        """The level of a list that is linked to a paragraph style."""
        return self._linked.get((self.counter(list_id) or "", style))

    def level(self, place: Place) -> _Level | None:
        """The definition of a level, that of the instance first; None when there is none."""
        if place not in self._levels:
            self._levels[place] = self._find_level(place)
        return self._levels[place]

    def _find_level(self, place: Place) -> _Level | None:
        instance = self._instances.get(place.list_id)
        if instance is None:
            return None
        index = str(place.level)
        level, override = self._lists[instance.counter].get(index), instance.overrides.get(index)
        if override is not None and (own := override.find(W + "lvl")) is not None:
            level = _read_level(own)
        start = number(override, "startOverride")
        return level if level is None or start is None else level._replace(start=start, starts_anew=True)


def _read_level(element: Any) -> _Level:
    form = next(element.iter(W + "numFmt"), None)  # in an mc:AlternateContent where it is the user's own
    return _Level(
        start=number(element, "start") or 0,
        starts_anew=False,
        kind="decimal" if form is None else form.get(W + "val") or "decimal",
        example="" if form is None else form.get(W + "format") or "",
        pattern=(value(element, "lvlText") or "")[:_MAX_PATTERN],
        in_digits=is_on(element, "isLgl") or False,
        restart=number(element, "lvlRestart"),
        gap={"space": " ", "nothing": ""}.get(value(element, "suff") or "", " "),
    )


class Counters:
    """Counts the paragraphs of one story: the body, or a note.

    All instances of one abstract list share its counts. An instance that gives a level a start of its own restarts
    it where it is first used.
    """

    def __init__(self, numbering: Numbering) -> None:
        self._numbering = numbering
        self._counts: dict[str, dict[int, int]] = {}
        self._started: set[Place] = set()

    def label(self, place: Place) -> Label:
        """Count a paragraph, and say what is written before it."""
        counter = self._numbering.counter(place.list_id) or f"undefined {place.list_id}"
        levels = [self._numbering.level(Place(place.list_id, index)) for index in range(LEVELS)]
        level = levels[place.level]
        if level is None:
            return Label("", "", counter, False)
        counts = self._counts.setdefault(counter, {})
        for index, outer in enumerate(levels[: place.level]):  # a level that is left out counts as used
            counts.setdefault(index, outer.start if outer else 0)
        goes_on = place.level in counts and not (level.starts_anew and place not in self._started)
        counts[place.level] = counts[place.level] + 1 if goes_on else level.start
        self._started.add(place)
        for index in range(place.level + 1, LEVELS):
            if _restarts(levels[index], index, place.level):
                counts.pop(index, None)
        written = _written(level, levels[: place.level + 1], counts)
        shown = written.strip()
        return Label(shown, (shown + level.gap if level.gap else written.lstrip()) if shown else "", counter, goes_on)


def _written(level: _Level, levels: Sequence[_Level | None], counts: Mapping[int, int]) -> str:
    """The number, with all that is around it; ``levels``: those that it may name."""
    if level.kind == "bullet":
        return ""

    def part(match: re.Match[str]) -> str:
        index = int(match[1]) - 1
        outer = levels[index] if index < len(levels) else None
        if outer is None:
            return ""
        if level.in_digits:
            return str(counts[index])
        return like_example(counts[index], outer.example) if outer.example else in_format(counts[index], outer.kind)

    written = _PLACE.sub(part, level.pattern)
    return written if "%" in level.pattern or any(map(str.isalnum, written)) else ""


def _restarts(level: _Level | None, index: int, used: int) -> bool:
    """True if the level at ``index`` starts anew after a paragraph at the outer level ``used``."""
    if level is None or level.restart is None or level.restart > index:
        return True
    return used < level.restart


class Lists:
    """Says which list items belong to one list: neighbours and what is nested in them, and items that a list goes on
    counting after other text."""

    def __init__(self, new_group: Callable[[], int]) -> None:
        self._new_group = new_group
        self._open: list[tuple[int, str]] = []
        self._group = 0
        self._last: dict[str, int] = {}

    def end(self, label: Label | None = None) -> None:
        """Text that is no list item; ``label``: a heading that the list counts, below which its items start anew."""
        self._open.clear()
        if label:
            self._last.pop(label.counter, None)

    def group(self, level: int, label: Label) -> int:
        """The group of the next list item."""
        left = _OUTSIDE
        while self._open and self._is_left(level, label):
            left = self._open.pop()
        if not self._open and left[1] != label.counter:
            known = self._last.get(label.counter) if label.goes_on or (label.number and level > 1) else None
            self._group = known or self._new_group()
        if not self._open or self._open[-1][0] < level:
            self._open.append((level, label.counter))
        if label.number:
            self._last[label.counter] = self._group
        return self._group

    def _is_left(self, level: int, label: Label) -> bool:
        """True if the innermost open list ends before this item; one that no list counts goes on with its neighbour."""
        open_level, counter = self._open[-1]
        return open_level > level or (open_level == level and label.counter not in ("", counter))


def read_place(properties: Any) -> tuple[str | None, int | None]:
    """The list and the level that paragraph properties name themselves."""
    element = None if properties is None else properties.find(W + "numPr")
    if element is None:
        return None, None
    level = number(element, "ilvl")
    return value(element, "numId"), None if level is None else min(level, LEVELS - 1)
