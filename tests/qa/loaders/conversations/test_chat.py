"""Logs of chats: who says what and when, and whom it answers."""

from __future__ import annotations

import pytest

from qa.loaders.load import load
from qa.types import Document

Turn = tuple[str, str, str, int | None]


def turns(document: Document) -> list[Turn]:
    """Speaker, time, words and the index of the block answered, of every block."""
    return [(b.speaker, b.time, document.text[b.start : b.end], b.answers) for b in document.blocks]


def read(text: str, name: str = "a.txt") -> list[Turn]:
    return turns(load(text.encode(), name))


def two(first: str, second: str, third: str) -> list[Turn]:
    """A question of Mia, Tom's answer, and Mia again."""
    return [
        ("Mia", first, "Mia: Where is it?", None),
        ("Tom", second, "Tom: In the shed.", 0),
        ("Mia", third, "Mia: Thanks", 1),
    ]


STAMPS = {
    "clock in brackets": ("[10:02] {}: {}", "10:02"),
    "clock and seconds": ("[10:02:33] {}: {}", "10:02:33"),
    "round brackets": ("(10:02) {}: {}", "10:02"),
    "ISO date": ("[2026-03-04 10:02:33] {}: {}", "2026-03-04 10:02:33"),
    "ISO date with T and Z": ("2026-03-04T10:02:33Z {}: {}", "2026-03-04T10:02:33Z"),
    "WhatsApp on iOS, English": ("[12/03/2026, 10:02:33] {}: {}", "12/03/2026, 10:02:33"),
    "WhatsApp on iOS, marks": ("\u200e[12.03.26, 10:02:33] {}: \u200e{}", "12.03.26, 10:02:33"),
    "WhatsApp on iOS, PM": ("[3/12/26, 10:02:33\u202fPM] {}: {}", "3/12/26, 10:02:33\u202fPM"),
    "WhatsApp on Android, day first": ("12/03/2026, 10:02 - {}: {}", "12/03/2026, 10:02"),
    "WhatsApp on Android, month first": ("3/12/26, 10:02 AM - {}: {}", "3/12/26, 10:02 AM"),
    "WhatsApp on Android, German": ("12.03.26, 10:02 - {}: {}", "12.03.26, 10:02"),
    "WhatsApp on Android, year first": ("2026-03-12, 10:02 - {}: {}", "2026-03-12, 10:02"),
    "WhatsApp on Android, Spanish": ("12/3/26 10:02 p. m. - {}: {}", "12/3/26 10:02 p. m."),
    "WhatsApp, Finnish clock": ("12.3.2026 10.02 - {}: {}", "12.3.2026 10.02"),
    "IRC": ("10:02 <{}> {}", "10:02"),
    "IRC, operator": ("[10:02] <@{}> {}", "10:02"),
    "IRC, padded name": ("10:02 < {}> {}", "10:02"),
    "IRC, date": ("2026-03-04 10:02 <{}> {}", "2026-03-04 10:02"),
    "names in angles": ("<{}> {}", ""),
    "dated": ("04.03.2026 10:02 {}: {}", "04.03.2026 10:02"),
}


@pytest.mark.parametrize(("head", "time"), STAMPS.values(), ids=STAMPS)
def test_a_log_is_read_turn_by_turn(head: str, time: str) -> None:
    said = [("Mia", "Where is it?"), ("Tom", "In the shed."), ("Mia", "Thanks")]
    text = "\n".join(head.format(*each) for each in said).replace("\u200eWhere", "Where")
    assert read(text) == [(s, t, w.replace("\u200e", ""), a) for s, t, w, a in two(time, time, time)]


def test_a_message_goes_on_over_lines_and_keeps_its_line_in_the_file() -> None:
    document = load(b"[10:02] Mia: One\ntwo\n\nthree\n[10:03] Tom: Yes: all\n[10:04] Mia: Good\n", "a.txt")
    assert [turn[2] for turn in turns(document)] == ["Mia: One\ntwo\n\nthree", "Tom: Yes: all", "Mia: Good"]
    assert [document.line_of(document.text.index(word)) for word in ("One", "three", "Yes")] == [1, 4, 5]


def test_what_the_program_says_is_a_paragraph_of_nobody() -> None:
    text = (
        "12/03/2026, 10:01 - Messages are encrypted.\n12/03/2026, 10:02 - Mia: Hi\n12/03/2026, 10:03 - Tom joined\n"
        "12/03/2026, 10:04 - Tom: Hello\n12/03/2026, 10:05 - Mia: How are you?"
    )
    assert [(speaker, words) for speaker, _, words, _ in read(text)] == [
        ("", "Messages are encrypted."),
        ("Mia", "Mia: Hi"),
        ("", "Tom joined"),
        ("Tom", "Tom: Hello"),
        ("Mia", "Mia: How are you?"),
    ]


def test_two_messages_in_a_row_answer_the_same_turn() -> None:
    text = "[10:02] Mia: Why?\n[10:03] Tom: Wait.\n[10:04] Tom: It is old.\n[10:05] Mia: I see."
    assert [answers for *_, answers in read(text)] == [None, 0, 0, 2]


@pytest.mark.parametrize("lost", ["<Media omitted>", "<Medien ausgeschlossen>", "\u200eimage omitted"])
def test_pictures_that_the_log_lacks_are_counted(lost: str) -> None:
    document = load(f"[10:02] Mia: Look\n[10:03] Mia: {lost}\n[10:04] Tom: Nice".encode(), "a.txt")
    assert [note.message for note in document.report.notes] == ["Pictures and other media, which the log lacks: 1."]


def test_a_line_with_a_colon_in_a_message_with_a_time_is_no_turn() -> None:
    log = (
        "Session Start: today\n3/4/26, 10:02 - Mia: Where is it?\n3/4/26, 10:05 - Tom: Dock 5\nCode: 4711\n"
        "3/4/26, 10:06 - Mia: Thanks\n"
    )
    log = log.replace("Thanks\n", "Thanks\n12:30 Lunch: at Tom's\n")
    assert [(speaker, words) for speaker, _, words, _ in read(log)] == [
        ("", "Session Start: today"),
        ("Mia", "Mia: Where is it?"),
        ("Tom", "Tom: Dock 5\nCode: 4711"),
        ("Mia", "Mia: Thanks\n12:30 Lunch: at Tom's"),
    ]


def test_an_interview_without_times() -> None:
    text = (
        "The new bridge\n\nReporter: How old is it?\n\nMayor: It is from 1903. We like it.\n\n"
        "Reporter: Who pays?\n\nMayor: The county does."
    )
    assert read(text) == [
        ("", "", "The new bridge", None),
        ("Reporter", "", "Reporter: How old is it?", None),
        ("Mayor", "", "Mayor: It is from 1903. We like it.", 1),
        ("Reporter", "", "Reporter: Who pays?", 2),
        ("Mayor", "", "Mayor: The county does.", 3),
    ]


NO_CHATS = {
    "prose with colons": "Note: this is prose.\nIt has a colon: here.\nNote: and here again.\nOne more line.",
    "records": "Name: Bolt\nPrice: 3\nName: Nut\nPrice: 4\nName: Screw\nPrice: 5",
    "settings": "host: example.org\nport: 80\nuser: mia\npath: /srv",
    "agenda": "10:00 Opening: Dr. Smith\n10:30 Bridges: Dr. Jones\n11:00 Break\n11:30 Ports: Dr. May\n12:00 Lunch: all",
    "program's log": "[10:02:11] INFO: started\n[10:02:12] WARN: disk is full\n[10:02:13] INFO: stopped",
    "log without names": "2026-03-04 10:02:11 started\n2026-03-04 10:02:12 stopped\n2026-03-04 10:02:13 started",
    "one speaker": "[10:02] Mia: one\n[10:03] Mia: two\n[10:04] Mia: three",
    "two lines": "[10:02] Mia: one\n[10:03] Tom: two",
    "a quoted chat in prose": "He wrote this.\n" * 20 + "[10:02] Mia: Hi\n[10:03] Tom: Ho\n[10:04] Mia: Hm",
    "a play's list": "ROMEO: a son\nJULIET: a daughter\nTYBALT: a nephew\nPARIS: a count\nNURSE: a nurse",
    "markup": "<b> bold\n<i> italic\n<u> under",
    "diary": "10:30 in the morning we left.\n11:15 we came to the port: it was closed.\n12:00 we ate.",
    "modules of a program": "2026-03-04 10:00:01,123 app.main: started\n2026-03-04 10:00:02,456 app.db: ready\n"
    "2026-03-04 10:00:03,789 app.main: ready\n2026-03-04 10:00:04,001 app.db: slow",
    "dated diary": "2026-03-04 10:00 At the plant: pump 3 leaks.\n2026-03-04 11:30 New seal: type A.\n"
    "2026-03-05 09:10 Looked again: dry.\n2026-03-05 15:00 Left.",
    "dates in brackets": "[04.03.26 10:00] Plant: pump leaks\n[04.03.26 11:00] Seal: new\n[05.03.26 09:00] Done: dry",
    "numbers with a point": "1.50 Bread: white\n2.20 Milk: fresh\n1.50 Bread: brown\n2.20 Milk: old",
}


@pytest.mark.parametrize("text", NO_CHATS.values(), ids=NO_CHATS)
def test_what_is_no_chat_stays_text(text: str) -> None:
    assert [(speaker, time, words) for speaker, time, words, _ in read(text)] == [("", "", text)]
