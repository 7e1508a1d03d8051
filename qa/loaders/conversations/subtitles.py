"""Subtitles (SRT, WebVTT): what is said, sentence by sentence, with the time at which it begins."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import NamedTuple

from qa.errors import FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.plain.encoding import decode
from qa.loaders.turns import Turns

_TIME = r"(?:(\d{1,3}):(?=\d{1,2}:))?+(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?+"
_CUE = re.compile(rf"[ \t]{{0,8}}+{_TIME}[ \t]{{0,8}}+-->[ \t]{{0,8}}+{_TIME}(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,80}+)?\s++([^<>]{1,80}+)>")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}+>|<\d[\d:.]{0,20}+>|\{\\[^{}]{0,80}+\}")
_NAMED = re.compile(r"(?:>> ?)?+([A-Z][^\s:a-z]{1,20}+(?: [A-Z][^\s:a-z]{0,20}+){0,2}+):\s++")
_SENTENCE_END = re.compile(r"[.!?…。！？؟][\"'”’»)\]]{0,3}+$|♪$")
_LONGEST_GAP = 3.0
"""Seconds between two cues that one sentence may run over."""
_OVERLAP = 0.5
"""Seconds: cues that are so near may show the same line."""
_DASHES = ("-", "–", "—")
_MAX_CHARS = 600


class _Cue(NamedTuple):
    start: float
    end: float
    shown: str
    """Its start, as ``00:04:10``."""
    line: int
    """Of its first line of text, from 1."""
    lines: list[str]


def load(data: bytes, name: str) -> LoadedText:
    """Read subtitles; raises ``FileUnreadable`` when there are no cues."""
    decoded = decode(data, name)
    cues = list(_cues(decoded.text.split("\n")))
    if not cues:
        raise FileUnreadable(name, "has no cues with times: it holds no subtitles")
    builder = TextBuilder()
    turns = Turns(builder)
    for speaker, run in _runs(_voices(cues)):
        with turns.turn(speaker, run[0].shown):
            _add(builder, speaker, run)
    return turns.apply(builder.build(notes=decoded.notes))


def _cues(lines: Sequence[str]) -> Iterator[_Cue]:
    """The cues, without their numbers, and without lines that are still shown from the cue before."""
    number, before = 0, _Cue(0, 0, "", 0, [])
    while number < len(lines):
        match = _CUE.match(lines[number])
        number += 1
        if not match:
            continue
        first = number
        while number < len(lines) and lines[number].strip() and not _CUE.match(lines[number]):
            number += 1
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        hours, minutes, seconds = match[1] or "0", match[2], match[3]
        shown = [line.strip() for line in lines[first:number]]
        fresh = _fresh(shown, before.lines) if start - before.end <= _OVERLAP else shown
        before = _Cue(start, end, f"{int(hours):02}:{int(minutes):02}:{seconds}", first + 1, shown)
        if fresh:
            yield before._replace(line=first + 1 + len(shown) - len(fresh), lines=fresh)


def _fresh(lines: list[str], before: Sequence[str]) -> list[str]:
    """``lines`` without those at their start that the cue before ends with (captions that roll up)."""
    size = next((size for size in range(min(len(lines), len(before), 3), 0, -1) if lines[:size] == before[-size:]), 0)
    return lines[size:]


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, rest = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{rest}")


def _voices(cues: Iterable[_Cue]) -> Iterator[tuple[str, _Cue]]:
    """The parts of the cues by who speaks, empty where nobody is named; their words as shown."""
    for cue in cues:
        speaker, said, first = "", list[str](), cue.line
        for number, line in enumerate(cue.lines, cue.line):
            voice = _VOICE.search(line)
            words = " ".join(unescape(_MARKUP.sub("", line)).split())
            named = None if voice else _NAMED.match(words)
            if found := voice or named:
                if said:
                    yield speaker, cue._replace(line=first, lines=said)
                speaker, said, first = " ".join(found[1].split()), [], number
                words = words[named.end() :] if named else words
            said.append(words)
        if any(said):
            yield speaker, cue._replace(line=first, lines=said)


def _runs(parts: Iterable[tuple[str, _Cue]]) -> Iterator[tuple[str, list[_Cue]]]:
    """Cues of one speaker that belong to one sentence."""
    speaker, run, size = "", list[_Cue](), 0
    for who, cue in parts:
        ended = run and _SENTENCE_END.search(run[-1].lines[-1])
        if run and (who != speaker or ended or cue.start - run[-1].end > _LONGEST_GAP or size > _MAX_CHARS):
            yield speaker, run
            run, size = [], 0
        speaker = who
        run.append(cue)
        size += sum(map(len, cue.lines))
    if run:
        yield speaker, run


def _add(builder: TextBuilder, speaker: str, run: Sequence[_Cue]) -> None:
    """Append the words of a run as one paragraph; a dash at the start of a line, for a new speaker, keeps its line."""
    text, marks = f"{speaker}: " if speaker else "", list[tuple[int, int]]()
    for cue in run:
        for number, line in enumerate(cue.lines, cue.line):
            if marks and line:
                text += "\n" if line.startswith(_DASHES) else " "
            marks.append((len(text) if marks else 0, number))
            text += line
    builder.block("paragraph", text, marks=marks)
