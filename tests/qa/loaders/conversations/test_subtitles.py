"""Subtitles."""

from __future__ import annotations

import pytest

from qa.errors import FileUnreadable
from qa.loaders.load import load

Said = list[tuple[str, str, str, int | None]]


def read(text: str, name: str = "a.srt") -> Said:
    """Time, speaker, words and the line in the file of every block."""
    document = load(text.encode(), name)
    return [(b.time, b.speaker, document.text[b.start : b.end], document.line_of(b.start)) for b in document.blocks]


def cue(start: str, end: str, words: str) -> str:
    return f"{start} --> {end}\n{words}\n\n"


CASES: dict[str, tuple[str, str, Said]] = {
    "srt": (
        "a.srt",
        "1\n" + cue("00:04:10,000", "00:04:12,500", "It holds 900 litres."),
        [("00:04:10", "", "It holds 900 litres.", 3)],
    ),
    "line breaks of Windows": ("a.srt", "1\r\n00:00:01,0 --> 00:00:02,0\r\nYes.\r\n", [("00:00:01", "", "Yes.", 3)]),
    "a sentence over cues": (
        "a.srt",
        "1\n"
        + cue("00:00:01,000", "00:00:02,000", "The tank\nholds")
        + "2\n"
        + cue("00:00:02,100", "00:00:03,000", "nine."),
        [("00:00:01", "", "The tank holds nine.", 3)],
    ),
    "a long gap": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000", "The tank") + cue("00:00:09,000", "00:00:10,000", "holds nine."),
        [("00:00:01", "", "The tank", 2), ("00:00:09", "", "holds nine.", 5)],
    ),
    "two sentences": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000", "One.") + cue("00:00:02,000", "00:00:03,000", "Two."),
        [("00:00:01", "", "One.", 2), ("00:00:02", "", "Two.", 5)],
    ),
    "dashes of two speakers": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000", "- Is it?\n- It is."),
        [("00:00:01", "", "- Is it?\n- It is.", 2)],
    ),
    "styles and positions": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000", "{\\an8}<i>No</i> <font color='red'>way</font> &amp; out."),
        [("00:00:01", "", "No way & out.", 2)],
    ),
    "position after the time": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000 X1:1 X2:2", "Yes."),
        [("00:00:01", "", "Yes.", 2)],
    ),
    "a name in capitals": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000", "MIA: Where?") + cue("00:00:02,000", "00:00:03,000", "DR. BO: Here."),
        [("00:00:01", "MIA", "MIA: Where?", 2), ("00:00:02", "DR. BO", "DR. BO: Here.", 5)],
    ),
    "a number as a line": ("a.srt", "1\n" + cue("00:00:01,0", "00:00:02,0", "42"), [("00:00:01", "", "42", 3)]),
    "no blank line between": (
        "a.srt",
        "00:00:01,0 --> 00:00:02,0\nOne.\n00:00:02,0 --> 00:00:03,0\nTwo.\n",
        [("00:00:01", "", "One.", 2), ("00:00:02", "", "Two.", 4)],
    ),
    "vtt without hours": (
        "a.vtt",
        "WEBVTT\n\n" + cue("04:10.000", "04:12.000 align:start", "Yes."),
        [("00:04:10", "", "Yes.", 4)],
    ),
    "vtt with hours over ten": (
        "a.vtt",
        "WEBVTT\n\n" + cue("12:04:10.5", "12:04:12.0", "Yes."),
        [("12:04:10", "", "Yes.", 4)],
    ),
    "vtt with cue names, styles and notes": (
        "a.vtt",
        "WEBVTT Talk\n\nSTYLE\n::cue { color: red }\n\nNOTE later\n\nintro\n" + cue("00:01.000", "00:02.000", "Yes."),
        [("00:00:01", "", "Yes.", 10)],
    ),
    "voices": (
        "a.vtt",
        "WEBVTT\n\n"
        + cue("00:01.000", "00:02.000", "<v Mia>Where?</v>")
        + cue("00:02.000", "00:03.000", "<v.loud Tom>Here."),
        [("00:00:01", "Mia", "Mia: Where?", 4), ("00:00:02", "Tom", "Tom: Here.", 7)],
    ),
    "two voices in a cue": (
        "a.vtt",
        "WEBVTT\n\n" + cue("00:01.000", "00:02.000", "<v Mia>Where?\n<v Tom>Here."),
        [("00:00:01", "Mia", "Mia: Where?", 4), ("00:00:01", "Tom", "Tom: Here.", 5)],
    ),
    "a voice over cues": (
        "a.vtt",
        "WEBVTT\n\n" + cue("00:01.000", "00:02.000", "<v Mia>Where") + cue("00:02.000", "00:03.000", "<v Mia>is it?"),
        [("00:00:01", "Mia", "Mia: Where is it?", 4)],
    ),
    "times of words": (
        "a.vtt",
        "WEBVTT\n\n" + cue("00:01.000", "00:02.000", "One<00:01.500><c> two.</c>"),
        [("00:00:01", "", "One two.", 4)],
    ),
    "captions that roll up": (
        "a.vtt",
        "WEBVTT\n\n"
        + cue("00:01.000", "00:02.000", "the tank")
        + cue("00:02.000", "00:03.000", "the tank\nholds")
        + cue("00:03.000", "00:04.000", "holds\nnine."),
        [("00:00:01", "", "the tank holds nine.", 4)],
    ),
    "the same words later": (
        "a.srt",
        cue("00:00:01,000", "00:00:02,000", "Yes.") + cue("00:00:09,000", "00:00:10,000", "Yes."),
        [("00:00:01", "", "Yes.", 2), ("00:00:09", "", "Yes.", 5)],
    ),
}


@pytest.mark.parametrize(("name", "text", "expected"), CASES.values(), ids=CASES)
def test_cues_are_sentences_with_the_time_they_begin(name: str, text: str, expected: Said) -> None:
    assert read(text, name) == expected


def test_named_speakers_answer_each_other() -> None:
    text = cue("00:00:01,000", "00:00:02,000", "MIA: Where?") + cue("00:00:02,000", "00:00:03,000", "TOM: Here.")
    assert [block.answers for block in load(text.encode(), "a.srt").blocks] == [None, 0]


@pytest.mark.parametrize("name", ["a.srt", "a.vtt"])
def test_a_file_without_cues_is_refused(name: str) -> None:
    with pytest.raises(FileUnreadable, match="holds no subtitles"):
        load(b"WEBVTT\n\nwords\n", name)
