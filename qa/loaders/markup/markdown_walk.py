"""The events of a Markdown parser → blocks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from functools import cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.faq import QUESTION_MARKS, Hints
from qa.loaders.markup.dialects import caption_of, kind_title
from qa.loaders.markup.inline_html import HtmlPieces
from qa.types import BlockKind, Note

if TYPE_CHECKING:
    import pyromark


class MarkdownWalker:
    """Turns the parser's events into blocks. ``title`` is the first level-1 heading, None without one."""

    def __init__(self, builder: TextBuilder, text: str, first_line: int) -> None:
        self.title: str | None = None
        self.notes: list[Note] = []
        self.hints = Hints()
        self._builder = builder
        self._source = text
        self._first_line = first_line
        self._line_ends = list(accumulate(map(len, text.encode().splitlines(keepends=True))))
        self._parts: list[str] = []
        self._marks: list[tuple[int, int]] = []  # (index in parts, source line)
        self._captions: list[tuple[str, int]] = []
        self._containers: list[BlockKind] = []
        self._numbers: list[int | None] = []
        self._marker = self._number = ""
        self._is_new_item = False
        self._bold = 0  # parts of the bold words at the start of a block; -1 while they go on
        self._is_asked = False  # the last term of a list of definitions is a question
        self._group: int | None = None
        self._footnotes: dict[str, int] = {}  # their numbers, in the order of the places that refer to them
        self._row: list[str] = []
        self._header: list[str] = []
        self._rows = self._table = 0
        self._outer: list[tuple[list[str], list[tuple[int, int]]]] = []  # texts that a cell or picture interrupts
        self._html = HtmlPieces(text)
        self._range: dict[str, int] = {}  # start and end of the current event, in bytes

    def run(self) -> None:
        """Read the whole text."""
        import pyromark

        options = _options(pyromark, has_definitions="\n: " in self._source or "\n:\t" in self._source)
        events: Iterable[tuple[Any, Any]] = pyromark.events_with_range(self._source, options=options, merge_text=True)
        html, starts, ends = self._html, _STARTS, _ENDS
        for event, event_range in events:
            self._range = event_range
            if type(event) is str:
                self._bare(event)
                continue
            tag, value = event.popitem()
            if tag == "Text" or tag == "Code":
                if self._parts and not html.hiding:
                    self._parts.append(value)
                else:
                    self._text(value)
            elif tag == "Start":
                handler = starts.get(value if type(value) is str else next(iter(value)))
                if handler:
                    handler(self, value)
            elif tag == "End":
                handler = ends.get(value if type(value) is str else next(iter(value)))
                if handler:
                    handler(self, value)
            else:
                self._other(tag, value)
        self._flush()

    def _line(self) -> int:
        return bisect_right(self._line_ends, self._range["start"]) + self._first_line

    def _text(self, value: str) -> None:
        if self._html.hiding:
            return
        if not self._parts:
            self._marks = [(0, self._line())]
        self._parts.append(value)

    def _bare(self, event: str) -> None:
        if event == "Rule":
            self._flush()
            self.hints.after_rule.add(self._builder.next_index)
        elif self._parts:  # a soft or hard break
            if event == "HardBreak" or self._parts[-1] != " ":
                self._parts.append(" " if event == "SoftBreak" else "\n")
            self._marks.append((len(self._parts), self._line() + 1))

    def _other(self, tag: str, value: Any) -> None:
        if tag == "InlineHtml":
            text = self._html.inline(value)
            if text:
                self._text(text)
        elif tag == "Html":  # inside a hidden element, too, to find its end
            self._marks = self._marks if self._parts else [(0, self._line())]
            self._parts.append(value)
        elif tag == "TaskListMarker":
            self._text("☒ " if value else "☐ ")
        elif tag == "FootnoteReference":
            self._footnotes.setdefault(value, len(self._footnotes) + 1)

    def _flush(self) -> None:
        """End the current text: one block of the innermost container's kind, and the captions in it."""
        if self._parts:
            kind: BlockKind = self._containers[-1] if self._containers else "paragraph"
            if kind == "quote" and self._parts[0].startswith("[!"):
                self._callout()
            level = self._containers.count("list_item") if kind == "list_item" else 0
            if self._parts:
                self._block(kind, level)
        if self._captions:
            for caption, line in self._captions:
                self._builder.block("caption", caption, lines=(line,))
            self._captions.clear()
        if self._html.hiding:
            self._html.end_of_block()

    def _block(self, kind: BlockKind, level: int = 0) -> str:
        """Append the parts as one block; returns its text."""
        parts, marks, bold, number = self._parts, self._marks, self._bold, self._number
        self._parts, self._marks, self._bold, self._number = [], [], 0, ""
        if self._marker:
            parts[0] = self._marker + parts[0]
            self._marker = ""
        if bold > 0:
            self.hints.bold[self._builder.next_index] = len("".join(parts[:bold]).strip())
        if kind == "list_item" and not self._is_new_item:
            self.hints.continued.add(self._builder.next_index)
        self._is_new_item = False
        text = "".join(parts)
        if len(marks) > 1:
            ends = [0, *accumulate(map(len, parts))]
            marks = [(ends[index], line) for index, line in marks]
        text = text.replace("\r", " ").rstrip()
        if text[:1].isspace():
            shift = len(text) - len(text.lstrip())
            line = max((mark for mark in marks if mark[0] <= shift), default=marks[0])[1]
            marks = [(0, line), *((offset - shift, line) for offset, line in marks if offset > shift)]
            text = text[shift:]
        group = self._group if kind == "list_item" else None
        self._builder.block(kind, text, level=level, marks=marks, number=number, group=group)
        return text

    def _callout(self) -> None:
        """The first line of a callout (``[!warning] Title``) is its caption."""
        parts, marks = self._parts, self._marks
        size = marks[1][0] if len(marks) > 1 else len(parts)
        kind, _, title = "".join(parts[:size]).removeprefix("[!").partition("]")
        if kind.replace("-", "").replace("_", "").partition("|")[0].isalnum():
            words = title.lstrip("+-").strip() or kind_title(kind.partition("|")[0])
            self._builder.block("caption", words, lines=(marks[0][1],))
            self._parts, self._marks = parts[size:], [(index - size, line) for index, line in marks[1:]]

    def _start_strong(self, value: Any) -> None:
        if not self._parts and not self._outer:
            self._bold = -1

    def _end_strong(self, value: Any) -> None:
        if self._bold < 0:
            self._bold = len(self._parts)

    def _start_block(self, value: Any) -> None:
        if self._parts:
            self._flush()

    def _end_block(self, value: Any) -> None:
        self._flush()

    def _end_heading(self, value: dict[str, str]) -> None:
        level = int(value["Heading"][1])
        text = self._block("heading", level) if self._parts else ""
        if text and level == 1 and self.title is None:
            self.title = one_line(text)
        self._flush()

    def _start_list(self, value: dict[str, int | None]) -> None:
        self._flush()
        if "list_item" not in self._containers:
            self._group = self._builder.new_group()
        self._containers.append("list_item")
        self._numbers.append(value["List"])

    def _end_list(self, value: Any) -> None:
        self._flush()
        self._containers.pop()
        self._numbers.pop()

    def _start_item(self, value: Any) -> None:
        self._flush()
        number = self._numbers[-1]
        self._number = "" if number is None else f"{number}."
        self._marker = self._number and f"{self._number} "
        self._numbers[-1] = None if number is None else number + 1
        self._is_new_item = True

    def _end_item(self, value: Any) -> None:
        self._flush()
        self._marker = self._number = ""

    def _start_quote(self, value: dict[str, Any]) -> None:
        self._flush()
        self._containers.append("quote")
        if value["BlockQuote"]:  # an alert of GitHub
            self._builder.block("caption", value["BlockQuote"], lines=(self._line(),))

    def _start_footnote(self, value: dict[str, str]) -> None:
        self._flush()
        self._containers.append("note")
        number = self._footnotes.setdefault(value["FootnoteDefinition"], len(self._footnotes) + 1)
        self._number, self._marker = f"{number}.", f"{number}. "

    def _start_definitions(self, value: Any) -> None:
        self._flush()
        self._group = self._builder.new_group()

    def _end_term(self, value: Any) -> None:
        """A term waits for its definition; one that is a question is a block that the definition answers."""
        words = one_line("".join(self._parts))
        self._is_asked = words.endswith(QUESTION_MARKS)
        if self._is_asked:
            self.hints.bold[self._builder.next_index] = len(words)
            self._block("paragraph")
        elif words:
            self._marker = f"{self._marker[:-2]}, {words}: " if self._marker else f"{words}: "
        self._parts, self._marks, self._bold = [], [], 0

    def _start_definition(self, value: Any) -> None:
        self._flush()
        self._containers.append("paragraph" if self._is_asked else "list_item")
        self._is_new_item = True

    def _end_container(self, value: Any) -> None:
        self._flush()
        self._containers.pop()

    def _end_code(self, value: Any) -> None:
        """Code, with its lines and their indentation."""
        parts, marks, self._parts, self._marks = self._parts, self._marks, [], []
        lines = "".join(parts).split("\n")
        blank = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
        first = (marks[0][1] if marks else 1) + blank
        self._builder.block("code", "\n".join(lines[blank:]), lines=range(first, first + len(lines) - blank))
        self._flush()

    def _end_html(self, value: Any) -> None:
        parts, marks, self._parts, self._marks = self._parts, self._marks, [], []
        html = "".join(parts)
        if caption := caption_of(html):
            self._builder.block("caption", caption, lines=(marks[0][1],))
        elif parts:
            self._html.block(html, self._builder, marks[0][1])
        self._flush()

    def _start_inner(self, value: Any) -> None:
        """A cell's or a picture's words are gathered apart from the text around."""
        self._outer.append((self._parts, self._marks))
        self._parts, self._marks = [], []

    def _end_image(self, value: Any) -> None:
        """A picture's words become a caption of their own; within a table cell or another picture, its words."""
        words = one_line("".join(self._parts))
        self._parts, self._marks = self._outer.pop()
        if not words or self._html.hiding:
            return
        if self._outer:
            self._text(words)
        elif self._parts:
            self._parts[-1] = self._parts[-1].removesuffix(" ")
            self._captions.append((words, self._line()))
        else:
            self._builder.block("caption", words, lines=(self._line(),))

    def _end_cell(self, value: Any) -> None:
        self._row.append("".join(self._parts))
        self._parts, self._marks = self._outer.pop()

    def _end_head(self, value: Any) -> None:
        self._header, self._row, self._rows, self._table = self._row, [], 1, self._builder.new_group()

    def _end_row(self, value: Any) -> None:
        row, self._row = self._row, []
        self._rows += 1
        self._builder.row(self._header, row, lines=(self._line(),), group=self._table, row=self._rows)

    def _end_table(self, value: Any) -> None:
        if self._rows == 1:  # a header alone
            self._builder.row((), self._header, lines=(self._line(),), group=self._table, row=1)


@cache
def _options(library: Any, *, has_definitions: bool) -> pyromark.Options:
    options = library.Options
    chosen: pyromark.Options = (
        options.ENABLE_TABLES
        | options.ENABLE_FOOTNOTES
        | options.ENABLE_STRIKETHROUGH
        | options.ENABLE_TASKLISTS
        | options.ENABLE_HEADING_ATTRIBUTES
        | options.ENABLE_GFM
    )
    return chosen | options.ENABLE_DEFINITION_LIST if has_definitions else chosen


_Handler = Callable[[MarkdownWalker, Any], None]
_STARTS: dict[str, _Handler] = {
    **dict.fromkeys(("Paragraph", "Heading", "CodeBlock", "HtmlBlock", "Table"), MarkdownWalker._start_block),
    "BlockQuote": MarkdownWalker._start_quote,
    "FootnoteDefinition": MarkdownWalker._start_footnote,
    "DefinitionList": MarkdownWalker._start_definitions,
    "DefinitionListDefinition": MarkdownWalker._start_definition,
    "Strong": MarkdownWalker._start_strong,
    **dict.fromkeys(("TableCell", "Image"), MarkdownWalker._start_inner),
    "List": MarkdownWalker._start_list,
    "Item": MarkdownWalker._start_item,
}
_ENDS: dict[str, _Handler] = {
    **dict.fromkeys(("BlockQuote", "FootnoteDefinition", "DefinitionListDefinition"), MarkdownWalker._end_container),
    "DefinitionListTitle": MarkdownWalker._end_term,
    "Strong": MarkdownWalker._end_strong,
    "Paragraph": MarkdownWalker._end_block,
    "Heading": MarkdownWalker._end_heading,
    "CodeBlock": MarkdownWalker._end_code,
    "HtmlBlock": MarkdownWalker._end_html,
    "List": MarkdownWalker._end_list,
    "Item": MarkdownWalker._end_item,
    "Image": MarkdownWalker._end_image,
    "TableCell": MarkdownWalker._end_cell,
    "TableHead": MarkdownWalker._end_head,
    "TableRow": MarkdownWalker._end_row,
    "Table": MarkdownWalker._end_table,
}
