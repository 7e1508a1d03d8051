"""What dialects of Markdown add to it (Obsidian, MDX, Docusaurus, MkDocs, Pandoc), written as plain Markdown.

Every line keeps its number. Titles and labels become ``caption_line``, which ends with its line wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from qa.types import Note

_FENCE = re.compile(r"[ \t>]{0,40}+(`{3,}|~{3,})(?P<info>[^\n]*+)")
_COMMENTS = (("%%", "%%"), ("{/*", "*/}"))
_IMPORT = re.compile(r"import\s(?:[^'\"\n]*+(?<=\sfrom\s))?+['\"][^'\"\n]++['\"];?+\s*+")
_IMPORT_OPENS = re.compile(r"import\s++(?:\w++,\s*+)?+\{[\w,$ ]*+")
_IMPORT_CLOSES = re.compile(r"[\w,$ ]*+\}\s*+from\s++['\"][^'\"\n]++['\"];?+\s*+")
_EXPORT = re.compile(r"export\s++(?:const|let|var|default|function|async|class)\b|export\s*+[{*]")
_DIRECTIVE = re.compile(
    r"(?P<indent>[ \t]{0,12}+)(?::{3,}|/{3,})[ \t]*+(?P<attributes>\{[^{}\n]*+\}|)(?P<kind>[\w-]*+)(?![^\s\[{])"
    r"(?P<rest>[^\n]*+)"
)
_DIRECTIVE_END = re.compile(r"[ \t]*+(?::{3,}|/{3,})[ \t]*+")
_ADMONITION = re.compile(
    r"(?P<indent> *+)(?:!!!|\?\?\?\+?+)[ ]++(?P<kind>[\w-]++)[\w -]*+(?P<title>\"[^\"\n]*+\")?+\s*+"
)
_TAB = re.compile(r"(?P<indent> *+)===[!+]*+[ ]++(?P<title>\"[^\"\n]*+\")\s*+")
_WIKILINK = re.compile(
    r"(?<![\w\[])(?P<embed>!?)\[\[(?P<target>(?![ \[])[^\[\]|\n]{1,200}+)(?:\|(?P<alias>[^\[\]\n]{0,200}+))?"
    r"\]\](?![(\[:])"
)
_TITLE = re.compile(r"\btitle=(?:\"([^\"]*+)\"|'([^']*+)')")
_CLASS = re.compile(r"[.{ ](?:callout-)?([a-zA-Z][\w-]*+)")
_CONTENTS = re.compile(r"_?toc_?", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]\n]{1,200}+)\]\([^()\n]{0,500}+\)")
_EMPHASIS = re.compile("[*`]++")
_CAPTION = "<?caption "
_SHOWN_KINDS = frozenset(
    (
        *("note", "tip", "hint", "info", "important", "warning", "caution", "danger", "error", "bug", "example"),
        *("quote", "abstract", "summary", "success", "question", "failure", "todo", "details", "seealso", "attention"),
    )
)
"""The admonitions whose kind is shown where they have no title."""
_MAX_LINES = 200
"""Comments and exports that go on for longer are text."""


def caption_line(title: str) -> str:
    """A line of Markdown that ``caption_of`` knows, with the words of a title."""
    words = _EMPHASIS.sub("", _LINK.sub(r"\1", title))
    return f"{_CAPTION}{words.replace('?>', '? >')}?>"


def caption_of(html: str) -> str | None:
    """The title in a piece of HTML that ``caption_line`` made; None for any other."""
    words = html.strip()
    return words[len(_CAPTION) : -2] if words.startswith(_CAPTION) else None


def kind_title(kind: str) -> str:
    """The title that programs show for an admonition without one."""
    return kind.replace("-", " ").replace("_", " ").capitalize()


def plain_markdown(text: str) -> tuple[str, list[Note]]:
    """``text`` without what only some programs understand, and notes about what is left out."""
    above = f"\n{text[:16]}"  # the marks of a line's start are found in the first one, too
    steps: dict[_Step, None] = {}
    for mark, step in _STEPS:
        if mark in text or mark in above:
            steps[step] = None
    if not steps:  # nearly always, and fast
        return text, []
    lines = text.split("\n")
    source = _Source(lines, _code_lines(lines))
    for step in steps:
        step(source)
    return "\n".join(source.lines), source.notes()


@dataclass(slots=True)
class _Source:
    lines: list[str]
    code: list[bool]
    """True for the lines of fenced code."""
    comments: int = 0
    embedded: list[str] = field(default_factory=list)

    def notes(self) -> list[Note]:
        found = []
        if self.comments:
            found.append(Note("comments_not_read", f"Comments of the author that no reader sees: {self.comments}."))
        if self.embedded:
            shown = ", ".join(dict.fromkeys(self.embedded[:5])) + (", …" if len(self.embedded) > 5 else "")
            found.append(Note("embedded_not_read", f"Files that are shown within this one are not read here: {shown}."))
        return found


def _code_lines(lines: list[str]) -> list[bool]:
    code, fence = [False] * len(lines), ""
    for number, line in enumerate(lines):
        match = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            code[number] = True
            if match and match[1].startswith(fence) and not match["info"].strip():
                fence = ""
        elif match and not (match[1][0] == "`" and "`" in match["info"]):
            code[number], fence = True, match[1]
    return code


def _hide_comments(source: _Source) -> None:
    for opening, closing in _COMMENTS:
        _hide(source, opening, closing)


def _hide(source: _Source, opening: str, closing: str) -> None:
    """Take out comments: within a line, or from the start of a line to the end of another."""
    lines = source.lines
    ends, end = [len(lines)] * len(lines), len(lines)  # of each line the next one, or itself, that may end a comment
    for at in reversed(range(len(lines))):
        end = ends[at] = at if closing in lines[at] else end
    number = 0
    while number < len(lines):
        line, first = lines[number], number
        number += 1
        if opening not in line or source.code[first]:
            continue
        kept, goes_on, hidden = _without_inner(line, opening, closing)
        if goes_on and kept.lstrip().startswith(opening) and number < len(lines):
            end = ends[number]
            if end <= min(first + _MAX_LINES, len(lines) - 1):
                kept, rest = "", lines[end].partition(closing)[2]
                lines[number : end + 1] = [*[""] * (end - number), rest]
                number, hidden = end + 1, hidden + 1
        lines[first] = kept
        source.comments += hidden if opening == "%%" else 0


def _without_inner(line: str, opening: str, closing: str) -> tuple[str, bool, int]:
    """The line without the comments that end in it, whether one goes on at its end, and the number of those."""
    kept, place = list[str](), 0
    for start, stop in _outside_code(line):
        at = line.find(opening, max(start, place), stop)
        while at >= 0:
            end = line.find(closing, at + len(opening))
            if end < 0:
                return "".join(kept) + line[place:], True, len(kept)
            before, after = line[place:at], line[end + len(closing) : end + len(closing) + 1]
            kept.append(before if after.isalnum() else before.rstrip(" "))
            place = end + len(closing)
            at = line.find(opening, place, stop)
    return "".join(kept) + line[place:], False, len(kept)


def _outside_code(line: str) -> Iterator[tuple[int, int]]:
    """The parts of a line that are not between back-ticks."""
    if "`" not in line:
        yield 0, len(line)
        return
    runs = [(match.start(), match.end()) for match in re.finditer("`++", line)]
    last = {end - start: index for index, (start, end) in enumerate(runs)}
    place = index = 0
    while index < len(runs):
        start, end = runs[index]
        if last[end - start] > index:
            yield place, start
            index += 1
            while runs[index][1] - runs[index][0] != end - start:
                index += 1
            place = runs[index][1]
        index += 1
    yield place, len(line)


def _hide_modules(source: _Source) -> None:
    """Take out the imports and exports of MDX; exports only below imports."""
    number, lines, imported, is_even = 0, source.lines, False, True
    while number < len(lines):
        line, first = lines[number], number
        number += 1
        if source.code[first] or not line.startswith(("import", "export")):
            continue
        if _IMPORT.fullmatch(line):
            imported = True
        elif _IMPORT_OPENS.fullmatch(line):
            end = next((at for at in range(number, min(number + 40, len(lines))) if "}" in lines[at]), None)
            if end is None or not _IMPORT_CLOSES.fullmatch(lines[end]):
                continue
            imported, number = True, end + 1
        elif imported and _EXPORT.match(line):
            end = _end_of_export(lines, first) if is_even else first
            is_even, number = end > first, max(end, number)
        else:
            continue
        lines[first:number] = [""] * (number - first)


def _end_of_export(lines: list[str], first: int) -> int:
    """The line below an export, which ends at an empty line outside brackets; ``first`` where these are uneven."""
    depth = 0
    for number in range(first, min(first + _MAX_LINES, len(lines))):
        if depth <= 0 and not lines[number].strip():
            return number
        depth += _depth(lines[number])
    return len(lines) if depth <= 0 and len(lines) - first < _MAX_LINES else first


def _depth(line: str) -> int:
    return sum(map(line.count, "({[")) - sum(map(line.count, ")}]"))


def _directives(source: _Source) -> None:
    """``:::caution Title`` or ``/// note | Title`` and its end (Docusaurus, VitePress, Pandoc, MyST, PyMdown)."""
    if not any(_DIRECTIVE_END.fullmatch(line) for line in source.lines if _has_fence(line)):
        return
    depth = 0
    for number, line in enumerate(source.lines):
        if not _has_fence(line) or source.code[number] or not (match := _DIRECTIVE.fullmatch(line)):
            continue
        kind, rest, attributes = match["kind"], match["rest"].strip(), match["attributes"]
        if kind or attributes:
            title = _directive_title(kind, attributes, rest)
            source.lines[number] = match["indent"] + caption_line(title) if title else ""
            depth += 1
        elif depth and not rest:
            source.lines[number] = ""
            depth -= 1


def _has_fence(line: str) -> bool:
    return ":::" in line or "///" in line


def _directive_title(kind: str, attributes: str, rest: str) -> str:
    if attributes and attributes.strip("{}").replace("-", "").isalnum():  # {note} Title
        kind, attributes = attributes.strip("{}"), ""
    elif rest.startswith("{") and rest.endswith("}"):  # note {title="Title"}
        attributes, rest = rest, ""
    if named := _TITLE.search(attributes):
        return (named[1] or named[2] or "").strip()
    classes = _CLASS.findall(attributes)
    kind = kind or next((name for name in classes if name.lower() in _SHOWN_KINDS), "")
    rest = rest.partition("{")[0].strip(" |")
    if rest.startswith("[") and rest.endswith("]"):
        rest = rest[1:-1].strip()
    return rest or (kind_title(kind) if kind.lower() in _SHOWN_KINDS else "")


def _admonitions(source: _Source) -> None:
    """``!!! note "Title"`` and ``=== "Tab"`` of MkDocs, whose text is indented by four."""
    edges: list[int] = []
    for number, line in enumerate(source.lines):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip(" "))
        while edges and indent < edges[-1]:
            edges.pop()
        if not source.code[number] and (match := _ADMONITION.fullmatch(line) or _TAB.fullmatch(line)):
            title = match["title"]
            shown = title.strip('"') if title is not None else kind_title(match["kind"])
            source.lines[number] = line[4 * len(edges) : indent] + caption_line(shown) if shown else ""
            edges.append(indent + 4)
        elif edges:
            source.lines[number] = line[4 * len(edges) :]


def _wikilinks(source: _Source) -> None:
    """``[[page|alias]]`` as Obsidian shows it; files that are shown within this one are named in a note."""

    def shown(match: re.Match[str]) -> str:
        target, alias = match["target"].removesuffix("\\").strip(), (match["alias"] or "").strip()
        if _CONTENTS.fullmatch(target):
            return ""
        if not any(map(str.isalpha, target)):
            return match[0]
        if match["embed"]:
            source.embedded.append(target)
            return alias if any(map(str.isalpha, alias)) else ""
        return alias or " > ".join(part for part in target.split("#") if part)

    for number, line in enumerate(source.lines):
        if "[[" in line and not source.code[number]:
            place, parts = 0, list[str]()
            for start, end in _outside_code(line):
                parts += (line[place:start], _WIKILINK.sub(shown, line[start:end]))
                place = end
            source.lines[number] = "".join(parts)


_Step = Callable[[_Source], None]
_STEPS: tuple[tuple[str, _Step], ...] = (
    ("%%", _hide_comments),
    ("{/*", _hide_comments),
    ("\nimport ", _hide_modules),
    ("\nimport{", _hide_modules),
    ("\n:::", _directives),
    (" :::", _directives),
    ("\n///", _directives),
    (" ///", _directives),
    ("!!! ", _admonitions),
    ("\n??? ", _admonitions),
    ("???+ ", _admonitions),
    ('=== "', _admonitions),
    ("[[", _wikilinks),
)
"""Quick tests, and what is done, in this order, where one of them hits."""
