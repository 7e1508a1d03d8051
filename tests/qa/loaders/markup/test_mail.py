"""Mails: whose each paragraph is, and what it answers."""

from __future__ import annotations

import pytest

from qa.loaders.load import load
from qa.loaders.markup.mail_thread import attribution, headers
from qa.types import Document

Said = list[tuple[str, str, int | None]]

HEAD = "From: Tom Berg <tom@example.org>\nDate: Wed, 4 Mar 2026 10:02:00 +0100\nSubject: Re: Plan\n"


def mail(body: str, head: str = HEAD) -> Document:
    return load(f"{head}Content-Type: text/plain; charset=utf-8\n\n{body}".encode(), "a.eml")


def said(document: Document) -> Said:
    """Speaker, words and index of what is answered, of every block but the headings."""
    shown = [(b.speaker, document.text[b.start : b.end], b.answers) for b in document.blocks if b.kind != "heading"]
    return shown


ATTRIBUTIONS = {
    "On Tue, 3 Mar 2026 at 09:00, Mia Keller <mia@example.org> wrote:": ("Mia Keller", "Tue, 3 Mar 2026 at 09:00"),
    "On 03/03/2026 09:00, Mia Keller wrote:": ("Mia Keller", "03/03/2026 09:00"),
    "On Mar 3, 2026, at 9:00 AM, Mia Keller <mia@example.org> wrote:": ("Mia Keller", "Mar 3, 2026, at 9:00 AM"),
    "On Tue, Mar 3, 2026 at 9:00 AM mia@example.org wrote:": ("mia@example.org", "Tue, Mar 3, 2026 at 9:00 AM"),
    "Am 03.03.2026 um 09:00 schrieb Mia Keller:": ("Mia Keller", "03.03.2026 um 09:00"),
    "Am Di., 3. März 2026 um 09:00 Uhr schrieb Mia Keller <mia@example.org>:": (
        "Mia Keller",
        "Di., 3. März 2026 um 09:00",
    ),
    "Le mar. 3 mars 2026 à 09:00, Mia Keller <mia@example.org> a écrit :": ("Mia Keller", "mar. 3 mars 2026 à 09:00"),
    "El mar, 3 mar 2026 a las 9:00, Mia Keller (<mia@example.org>) escribió:": (
        "Mia Keller",
        "mar, 3 mar 2026 a las 9:00",
    ),
    "Il giorno mar 3 mar 2026 alle ore 09:00 Mia Keller <mia@example.org> ha scritto:": (
        "Mia Keller",
        "mar 3 mar 2026 alle ore 09:00",
    ),
    "Op di 3 mrt 2026 om 09:00 schreef Mia Keller <mia@example.org>:": ("Mia Keller", "di 3 mrt 2026 om 09:00"),
    "Mia Keller wrote:": ("Mia Keller", ""),
    "Mia Keller <mia@example.org> writes:": ("Mia Keller", ""),
    "Note this:": None,
    "On Tuesday Mia wrote a letter.": None,
}


@pytest.mark.parametrize(("text", "expected"), ATTRIBUTIONS.items())
def test_a_line_names_who_is_quoted_below_and_when(text: str, expected: tuple[str, str] | None) -> None:
    assert attribution(text) == expected


HEADERS = {
    "From: Mia Keller <mia@example.org>\nSent: Tuesday, March 3, 2026 9:00 AM\nTo: Tom\nSubject: Plan": (
        "Mia Keller",
        "Tuesday, March 3, 2026 9:00 AM",
    ),
    "Von: Mia Keller\nGesendet: Dienstag, 3. März 2026 09:00\nAn: Tom\nBetreff: Plan": (
        "Mia Keller",
        "Dienstag, 3. März 2026 09:00",
    ),
    "De : Mia Keller\nEnvoyé : mardi 3 mars 2026 09:00\nÀ : Tom\nObjet : Plan": (
        "Mia Keller",
        "mardi 3 mars 2026 09:00",
    ),
    "*From:* Mia Keller\n*Date:* 3 March\n*To:* Tom": ("Mia Keller", "3 March"),
    "-----Original Message-----\nFrom: Mia\nSent: Tuesday\nTo: Tom\nSubject: Plan": ("Mia", "Tuesday"),
    "Begin forwarded message:\nFrom: Mia\nSubject: Plan\nDate: Tuesday\nTo: Tom": ("Mia", "Tuesday"),
    "From: Hull\nTo: York": None,
    "To: Tom\nSubject: Plan\nDate: Tuesday": None,
    "Words of a mail\nfrom somebody": None,
}


@pytest.mark.parametrize(("text", "expected"), HEADERS.items())
def test_headers_name_who_wrote_the_mail_below_and_when(text: str, expected: tuple[str, str] | None) -> None:
    assert headers(text) == expected


def test_a_mail_is_a_turn_of_its_sender() -> None:
    document = mail("One.\n\nTwo.")
    assert said(document) == [("Tom Berg", "One.", None), ("Tom Berg", "Two.", None)]
    assert {block.time for block in document.blocks[1:]} == {"2026-03-04 10:02"}
    assert document.blocks[0].speaker == ""


WROTE = "On 3 March, Mia wrote:"
THREADS: dict[str, tuple[str, Said]] = {
    "answer above": (
        f"In the shed.\n\n{WROTE}\n\n> Where is it?",
        [("Tom Berg", "In the shed.", 3), ("", WROTE, None), ("Mia", "Where is it?", None)],
    ),
    "answer below": (
        f"{WROTE}\n> Where is it?\n\nIn the shed.",
        [("", WROTE, None), ("Mia", "Where is it?", None), ("Tom Berg", "In the shed.", 2)],
    ),
    "answers between": (
        f"{WROTE}\n> Where?\n\nThere.\n\n> When?\n\nNow.\n\nOr later.",
        [
            ("", WROTE, None),
            ("Mia", "Where?", None),
            ("Tom Berg", "There.", 2),
            ("Mia", "When?", None),
            ("Tom Berg", "Now.", 4),
            ("Tom Berg", "Or later.", 4),
        ],
    ),
    "a quotation in a quotation": (
        f"Yes.\n\n{WROTE}\n> Is it?\n>\n> On 2 March, Tom wrote:\n>> It is old.",
        [
            ("Tom Berg", "Yes.", 3),
            ("", WROTE, None),
            ("Mia", "Is it?", 5),
            ("", "On 2 March, Tom wrote:", None),
            ("Tom", "It is old.", None),
        ],
    ),
    "an attribution over two lines": (
        "Yes.\n\nOn Tue, 3 Mar 2026 at 09:00, Mia Keller <mia@example.org>\nwrote:\n> Is it?",
        [
            ("Tom Berg", "Yes.", 3),
            ("", "On Tue, 3 Mar 2026 at 09:00, Mia Keller <mia@example.org>\nwrote:", None),
            ("Mia Keller", "Is it?", None),
        ],
    ),
    "a quotation of nobody": ("Yes.\n\n> Is it?\n> Really?", [("Tom Berg", "Yes.", 2), ("", "Is it?\nReally?", None)]),
    "Outlook": (
        "Yes.\n\nFrom: Mia\nSent: Tuesday\nTo: Tom\nSubject: Plan\n\nIs it?",
        [
            ("Tom Berg", "Yes.", 3),
            ("", "From: Mia\nSent: Tuesday\nTo: Tom\nSubject: Plan", None),
            ("Mia", "Is it?", None),
        ],
    ),
    "Outlook, twice": (
        "Yes.\n\nFrom: Mia\nSent: Tuesday\nTo: Tom\n\nIs it?\n\n________________________________\n"
        "From: Tom\nSent: Monday\nTo: Mia\n\nIt is old.",
        [
            ("Tom Berg", "Yes.", 3),
            ("", "From: Mia\nSent: Tuesday\nTo: Tom", None),
            ("Mia", "Is it?", 5),
            ("", "________________________________\nFrom: Tom\nSent: Monday\nTo: Mia", None),
            ("Tom", "It is old.", None),
        ],
    ),
    "a forwarded mail of one paragraph": (
        "See below.\nFrom: Mia\nSent: Tuesday\nTo: Tom\nIs it?",
        [("Tom Berg", "See below.", 3), ("", "From: Mia\nSent: Tuesday\nTo: Tom", None), ("Mia", "Is it?", None)],
    ),
}


@pytest.mark.parametrize(("body", "expected"), THREADS.values(), ids=THREADS)
def test_a_reply_answers_the_mail_that_it_quotes(body: str, expected: Said) -> None:
    assert said(mail(body)) == expected


def test_quotations_are_quotes_and_what_names_them_is_a_caption() -> None:
    document = mail(f"Yes.\n\n{WROTE}\n> Is it?")
    assert [block.kind for block in document.blocks] == ["heading", "paragraph", "caption", "quote"]


def test_quoted_mails_in_html() -> None:
    html = (
        "<p>In the shed.</p><div class=gmail_quote><div>On 3 March, Mia &lt;mia@example.org&gt; wrote:<br></div>"
        "<blockquote><p>Where is it?</p></blockquote></div>"
    )
    document = load(f"{HEAD}Content-Type: text/html\n\n{html}".encode(), "a.eml")
    assert said(document) == [
        ("Tom Berg", "In the shed.", 3),
        ("", "On 3 March, Mia <mia@example.org> wrote:", None),
        ("Mia", "Where is it?", None),
    ]


def boxed(number: int, sender: str, body: str, more: str = "") -> str:
    return (
        f"From someone@example.org Tue Mar  3 0{number}:00:00 2026\nFrom: {sender} <someone@example.org>\n"
        f"Date: Tue, 3 Mar 2026 0{number}:00:00 +0000\nMessage-ID: <{number}@example.org>\n"
        f"Subject: Plan\n{more}\n{body}\n\n"
    )


BOX = boxed(1, "Mia", "Where is it?\n>From the start.") + boxed(
    2, "Tom", "In the shed.", "In-Reply-To: <1@example.org>\n"
)


@pytest.mark.parametrize("name", ["a.mbox", "a.mbx", "a.txt", "a"])
def test_a_mailbox_is_read_mail_by_mail(name: str) -> None:
    document = load(BOX.encode(), name)
    assert said(document) == [("Mia", "Where is it?\nFrom the start.", None), ("Tom", "In the shed.", 1)]
    assert [block.time for block in document.blocks] == ["", "2026-03-03 01:00", "", "2026-03-03 02:00"]
    assert document.title == "Plan"


def test_references_lead_to_the_nearest_mail_of_the_box() -> None:
    last = boxed(3, "Ann", "Thanks.", "References: <1@example.org> <2@example.org> <9@example.org>\n")
    assert said(load((BOX + last).encode(), "a.mbox"))[-1] == ("Ann", "Thanks.", 3)


def test_from_at_the_start_of_a_line_parts_no_mails() -> None:
    text = boxed(1, "Mia", "One.\n\nFrom here on it is sand.\n\nFrom: us all")
    assert [words for _, words, _ in said(load(text.encode(), "a.mbox"))] == [
        "One.",
        "From here on it is sand.",
        "From: us all",
    ]


def test_attachments_are_named_and_not_read() -> None:
    parts = "".join(
        f"--x\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{at}.pdf"\n\nJVBERi0=\n'
        for at in range(22)
    )
    body = f"--x\nContent-Type: text/plain\n\nSee the files.\n{parts}--x--\n"
    document = load(f"{HEAD}MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n{body}".encode(), "a.eml")
    assert document.text == "Re: Plan\n\nSee the files."
    names = ", ".join(f"{at}.pdf" for at in range(20))
    assert [note.message for note in document.report.notes] == [f"attachments are not read: {names}, …"]


def test_a_body_that_names_no_encoding_is_utf_8() -> None:
    assert said(load(f"{HEAD}\nIm März.".encode(), "a.eml")) == [("Tom Berg", "Im März.", None)]
