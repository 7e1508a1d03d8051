"""The mails that are quoted in a mail: whose each paragraph is, and which it answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

_QUOTED = re.compile(r"(?:> ?+)++")
_WROTE = re.compile(
    r"(?<!\w)(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|napisał\(a\)|napisał|skrev"
    r"|написал\(а\)|написала?|пишет|写道|寫道)(?!\w)"
)
_BEFORE_TIME = re.compile(r"(?:On|Am|Le|El|Il giorno|Il|Op|Em|Dnia|W dniu|Den|At)\s++")
_CLOCK = re.compile(r"\d{1,2}[:.h]\d{2}(?::\d{2})?+(?:[  ]?[AaPp]\.?[Mm]\b\.?)?+(?: ?[+-]\d{4}\b)?+|\b\d{4}\b")
_HEADERS = {
    "from": "from|von|de|da|van|från|fra|od|от|发件人|差出人",
    "time": "sent|date|gesendet|datum|envoyé|enviado|enviada|fecha|inviato|data|verzonden|skickat|sendt|wysłano|дата"
    "|отправлено|发送时间|日期|送信日時",
    "other": "to|an|à|para|a|aan|till|til|do|кому|收件人|宛先|cc|kopie|subject|betreff|objet|asunto|oggetto|assunto"
    "|onderwerp|ämne|emne|temat|тема|主题|件名|reply-to|importance|priorität|attachments|anlagen",
}
_HEADER = re.compile(
    rf"\*?(?:(?P<from>{_HEADERS['from']})|(?P<time>{_HEADERS['time']})|{_HEADERS['other']})"
    r"\*? ?[:：]\*? *+(?P<value>[^\n]*+)",
    re.IGNORECASE,
)
_MAX_DEPTH = 50
_MAX_ATTRIBUTION = 400
_MAX_ATTRIBUTION_LINES = 3
_LEAST_HEADERS = 3


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a mail, without the marks that quote it."""

    text: str
    depth: int = 0
    """How often it is quoted."""


@dataclass(slots=True)
class Part:
    """What is known of a paragraph."""

    speaker: str
    time: str
    answers: int | None = None
    """Index of the paragraph that begins what it answers."""
    is_quoted: bool = False
    """It is of a mail that is quoted in this one."""
    is_label: bool = False
    """It names the mail below it, as “On 3 March, Mia wrote:”."""


def paragraphs(text: str) -> list[Paragraph]:
    """The paragraphs of a plain-text body; what names a mail below it is one of its own."""
    found = list[Paragraph]()
    runs = list(_runs(text))
    for index, (depth, lines) in enumerate(runs):
        is_quoted_below = index + 1 < len(runs) and runs[index + 1][0] > depth
        cuts = _cuts(lines, is_quoted_below=is_quoted_below)
        for start, end in zip([0, *cuts], [*cuts, len(lines)], strict=False):
            if start < end:
                found.append(Paragraph("\n".join(lines[start:end]), depth))
    return found


def _runs(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines of one depth without a blank line between."""
    run, before = list[str](), 0
    for line in (*text.splitlines(), ""):
        marks = _QUOTED.match(line)
        depth = min(marks[0].count(">"), _MAX_DEPTH) if marks else 0
        words = (line[marks.end() :] if marks else line).rstrip()
        if run and (not words or depth != before):
            yield before, run
            run = []
        if words:
            run.append(words)
        before = depth


def _cuts(lines: Sequence[str], *, is_quoted_below: bool) -> list[int]:
    """Where a run of lines is cut: before and after the headers of a mail, and before “… wrote:”."""
    cuts, at = list[int](), 0
    while at < len(lines):
        end = at
        while end < len(lines) and _HEADER.match(lines[end]):
            end += 1
        if end - at >= _LEAST_HEADERS:
            cuts += (at - (at > 0 and _is_rule(lines[at - 1])), end)
        at = max(end, at + 1)
    if is_quoted_below:
        sizes = range(1, min(_MAX_ATTRIBUTION_LINES, len(lines)) + 1)
        named = [(size, found) for size in sizes if (found := attribution(" ".join(lines[-size:]))) and found[0]]
        if named:
            size = next((size for size, (_, time) in named if time), named[0][0])
            return [*(cut for cut in cuts if cut < len(lines) - size), len(lines) - size]
    return cuts


def _is_rule(line: str) -> bool:
    """True for a line such as “-----Original Message-----”."""
    return line.startswith(("---", "___")) and line.endswith(("---", "___"))


def attribution(text: str) -> tuple[str, str] | None:
    """Who wrote what is quoted below, and when, of a line such as “On 3 March, Mia wrote:”; None for any other."""
    text = " ".join(text.split())
    if not text.endswith((":", "：")) or len(text) > _MAX_ATTRIBUTION:
        return None
    verb = _WROTE.search(text)
    if verb is None:
        return None
    before, after = text[: verb.start()].strip(), text[verb.end() :].strip(" :：,")
    if opening := _BEFORE_TIME.match(before):
        before = before[opening.end() :]
    clocks = list(_CLOCK.finditer(before))
    dated = before.rpartition(",")[0]
    cut = clocks[-1].end() if clocks else len(dated) if any(map(str.isdigit, dated)) else 0
    time = before[:cut].strip(" ,")
    return _name(after or before[cut:]), time


def headers(text: str) -> tuple[str, str] | None:
    """Who wrote the mail below and when, of the headers that Outlook puts above it; None for any other text."""
    lines = list(filter(str.strip, text.split("\n")))
    if lines and (_is_rule(lines[0]) or (len(lines) > 1 and lines[0].endswith(":"))):
        lines = lines[1:]
    found = [_HEADER.match(line.strip()) for line in lines[:12]]
    known = [match for match in found if match]
    if len(known) < _LEAST_HEADERS or None in found[:2]:
        return None
    sender, time = (next((match["value"] for match in known if match[kind]), "") for kind in ("from", "time"))
    return (_name(sender), time.strip()) if sender else None


def _name(text: str) -> str:
    """The name of a sender, else the address."""
    text = re.sub(r"\[mailto:[^\[\]]*+\]", "", text).strip(" ,;:\"'*")
    name, address = parseaddr(text)
    if "<" in text:
        return text.partition("<")[0].strip(" ,\"'(") or address
    return text if " " in text or not name else name or address or text


def parts_of(items: Sequence[Paragraph], speaker: str, time: str) -> list[Part]:
    """Whose each paragraph of a mail is. A reply answers the quotation above it, else the mail that is quoted below."""
    thread = _Thread(speaker, time)
    for index, item in enumerate(items):
        is_quoted_below = index + 1 < len(items) and items[index + 1].depth > item.depth
        label = headers(item.text)
        if label is None and (is_quoted_below or "@" in item.text):
            label = attribution(item.text)
        if label:
            thread.announce(label, item.depth)
        elif _is_rule(item.text):
            thread.parts.append(Part("", "", is_label=True))
        else:
            thread.add(index, item.depth)
    return thread.parts


class _Thread:
    """Follows the depth of the quotations through a mail."""

    def __init__(self, speaker: str, time: str) -> None:
        self.parts: list[Part] = []
        self._own = (speaker, time)
        self._mails = {0: self._own}  # by depth
        self._announced: tuple[tuple[str, str], int] | None = None
        self._waiting: list[tuple[int, Part]] = []  # replies above what they answer, with their depth
        self._begun: dict[int, int] = {}  # where the last run of each depth begins
        self._depth = -1

    def announce(self, mail: tuple[str, str], depth: int) -> None:
        """The paragraph is a label of the mail below it."""
        self.parts.append(Part("", "", is_label=True))
        self._announced = mail, depth

    def add(self, index: int, depth: int) -> None:
        """The paragraph is part of a mail."""
        answers = None
        if self._announced:
            mail, outer = self._announced
            self._mails = {level: known for level, known in self._mails.items() if level < depth} | {depth: mail}
            self._answer(index, outer)
        elif depth > self._depth:
            self._answer(index, depth - 1)
        elif depth < self._depth:
            answers = self._begun.get(min((level for level in self._begun if level > depth), default=-1))
        else:
            answers = self.parts[-1].answers
        if self._announced or depth != self._depth:
            self._begun = {level: at for level, at in self._begun.items() if level < depth} | {depth: index}
        mail = self._mails.get(depth, ("", ""))
        part = Part(*mail, answers, is_quoted=mail is not self._own)
        if answers is None:
            self._waiting.append((depth, part))
        self.parts.append(part)
        self._announced, self._depth = None, depth

    def _answer(self, index: int, depth: int) -> None:
        """What waits, at ``depth`` or above, answers the paragraph that begins here."""
        while self._waiting and self._waiting[-1][0] <= depth:
            self._waiting.pop()[1].answers = index
