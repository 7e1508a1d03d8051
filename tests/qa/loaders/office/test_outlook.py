"""Outlook messages with a body in HTML."""

from __future__ import annotations

import pytest

from qa.loaders.load import load
from tests.qa.loaders.office import outlook_factory as outlook
from tests.qa.loaders.office.outlook_factory import HTML_BYTES, HTML_TEXT, TEXT, message, ole

HEADERS = (
    "From: Bo Li <bo@example.org>\r\nTo: Ann Ray <ann@example.org>\r\n"
    "Date: Wed, 4 Mar 2026 10:02:00 +0000\r\nSubject: Offer 12\r\n\r\n"
)
ENVELOPE = {
    outlook.SUBJECT: "Offer 12",
    outlook.SENDER: "Bo Li",
    outlook.ADDRESS: "bo@example.org",
    outlook.HEADERS: HEADERS,
}
STYLE = "<style><!-- p.MsoNormal {margin:0cm} @font-face {font-family:Calibri} --></style>"
CONDITION = "<!--[if mso]><p>not shown</p><![endif]-->"
BODY = (
    "<div class=WordSection1><p class=MsoNormal>Dear Ann,<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
    "<p class=MsoNormal>The price is 12&nbsp;€.<o:p></o:p></p>"
    "<table><tr><th>Item<th>Price<tr><td>Bolt<td>3 €</table></div>"
)
PAGE = f"<html><head><meta charset=utf-8>{STYLE}</head><body>{CONDITION}{BODY}</body></html>"
SAID = "Offer 12\n\nDear Ann,\n\nThe price is 12 €.\n\nItem: Bolt; Price: 3 €"


@pytest.mark.parametrize(
    "body",
    [
        {HTML_BYTES: PAGE.encode()},
        {HTML_TEXT: PAGE},
        {HTML_BYTES: PAGE.replace("utf-8", "windows-1252").encode("cp1252")},
        {HTML_BYTES: BODY.encode()},
        {HTML_BYTES: f"{STYLE}{BODY}".encode()},
        {HTML_BYTES: f"<body>{STYLE}{BODY}".encode()},
        {HTML_BYTES: PAGE.encode(), TEXT: "p.MsoNormal {margin:0cm} Dear Ann,"},
        {HTML_BYTES: PAGE.encode() + b"\0\0"},
    ],
)
def test_the_html_of_a_message_is_read_without_its_style_sheets(body: dict[str, str | bytes]) -> None:
    document = load(message({**ENVELOPE, **body}), "offer.msg")
    assert document.text == SAID
    assert [block.kind for block in document.blocks] == ["heading", "paragraph", "paragraph", "table_row"]
    assert document.title == "Offer 12"
    assert document.metadata["from"] == "Bo Li <bo@example.org>"
    assert document.metadata["date"] == "2026-03-04"
    assert document.source_map == ()


def test_a_message_without_html_is_read_as_text() -> None:
    assert load(message({**ENVELOPE, TEXT: "Dear Ann,\r\n\r\nyes."}), "a.msg").text.startswith("Offer 12\n\nDear Ann,")


@pytest.mark.parametrize("data", [b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), ole({"other": b"x"})])
def test_what_is_no_message_has_no_html(data: bytes) -> None:
    from qa.loaders.office.outlook import html_body

    assert html_body(data) is None
