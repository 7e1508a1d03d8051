"""Web pages saved as one file."""

from __future__ import annotations

import base64
import quopri

import pytest

from qa.errors import FileUnreadable
from qa.loaders.load import choose, load

PAGE = "<html><head><title>Opening hours</title></head><body><h1>Museum</h1><p>Open until 20 – daily.</p></body></html>"
TEXT = "Museum\n\nOpen until 20 – daily."
ADDRESS = "https://example.org/a"
HEADERS = f"From: <Saved by Blink>\nSnapshot-Content-Location: {ADDRESS}\nSubject: Hours\nMIME-Version: 1.0\n"
CSS = b"Content-Type: text/css\nContent-Location: https://example.org/a.css\n\nbody { color: red; }"
PICTURE = b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo="


def part(page: str = PAGE, *, coding: str = "quoted-printable", charset: str = "utf-8", headers: str = "") -> bytes:
    data = page.encode(charset)
    encoded = {"quoted-printable": quopri.encodestring, "base64": base64.encodebytes}.get(coding, bytes)(data)
    kind = f'Content-Type: text/html; charset="{charset}"\n' if "Content-Type" not in headers else ""
    return f"{kind}{headers}Content-Transfer-Encoding: {coding}\n\n".encode() + encoded


def saved(*parts: bytes, headers: str = HEADERS, kind: str = "multipart/related", extra: str = "") -> bytes:
    head = f'{headers}Content-Type: {kind}; type="text/html"; boundary="--B--"{extra}\n\n'.encode()
    return head + b"".join(b"----B--\n" + each + b"\n" for each in parts) + b"----B----\n"


@pytest.mark.parametrize(
    "data",
    [
        saved(part()),
        saved(part(coding="base64")),
        saved(part(coding="8bit")),
        saved(part(coding="binary")),
        saved(part(charset="utf-16")),
        saved(part(charset="windows-1252")),
        saved(part(charset="gb18030")),
        saved(part(PAGE.replace("<head>", "<head><meta charset=windows-1252>"), headers="Content-Type: text/html\n")),
        saved(part(headers="Content-Type: application/xhtml+xml; charset=utf-8\n")),
        saved(CSS, part(), PICTURE),
        saved(part("<p>frame"), part(headers=f"Content-Location: {ADDRESS}\n")),
        saved(part("<p>frame"), part(headers="Content-ID: <page>\n"), extra='; start="<page>"'),
        saved(
            part("<p>frame"), part(headers=f"Content-Location: {ADDRESS}\n"), headers=HEADERS.replace("/a", "/a#top")
        ),
        saved(part(), part("<p>frame")),
        saved(saved(part(), headers="", kind="multipart/alternative").replace(b"--B--", b"--C--"), CSS),
        saved(part()).replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf\r\n" + saved(part()),
        saved(part(), headers="MIME-Version: 1.0\n"),
        saved(part(), headers='From: "Saved by Windows Internet Explorer 8"\nMIME-Version: 1.0\n'),
        HEADERS.encode() + part(),
        saved(part()).removesuffix(b"----B----\n"),
        saved(part(), headers=f"X-Long: {'word ' * 100_000}\n{HEADERS}"),
    ],
)
def test_the_page_is_read_as_an_html_file(data: bytes) -> None:
    for name in ("a.mhtml", "a.mht"):
        document = load(data, name)
        assert document.text == TEXT
        assert [block.kind for block in document.blocks] == ["heading", "paragraph"]
        assert document.title == "Opening hours"
        assert document.report.loader.startswith("mhtml/")


def test_frames_are_named() -> None:
    assert [note.code for note in load(saved(part(), part("<p>frame")), "a.mht").report.notes] == ["frames_not_read"]
    assert load(saved(part(), CSS, PICTURE), "a.mht").report.notes == ()


@pytest.mark.parametrize("data", [saved(CSS), saved(), b"just words", HEADERS.encode()])
def test_a_file_without_a_page_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable, match="holds no HTML page; save the web page again, as HTML"):
        load(data, "a.mhtml")


@pytest.mark.parametrize(
    "headers",
    [
        HEADERS,
        HEADERS.replace("\n", "\r\n"),
        "MIME-Version: 1.0\n",
        "From: <Saved by UnMHT>\nSubject: =?utf-8?B?SG91cnM=?=\nDate: Wed, 4 Mar 2026\nMIME-Version: 1.0\n",
    ],
)
def test_a_saved_page_is_known_under_any_suffix(headers: str) -> None:
    data = saved(part(), headers=headers)
    for name in ("a.txt", "a.html", "a.md", "a.unknown", "a"):
        assert choose(data, name).name == "mhtml"
        document = load(data, name)
        assert document.text == TEXT
        assert [note.code for note in document.report.notes] == ["wrong_suffix"]


@pytest.mark.parametrize(
    "head",
    [
        "From: Bo <bo@example.org>\nTo: Ann <ann@example.org>\nMIME-Version: 1.0\n",
        "Received: from a by b\nFrom: <Saved by Blink>\nMIME-Version: 1.0\n",
        "From: Bo <bo@example.org>\nMIME-Version: 1.0\n",
        "Subject: no version\n",
        "A text.\nMIME-Version: 1.0\n",
    ],
)
def test_mail_and_text_are_no_saved_pages(head: str) -> None:
    data = saved(part(), headers=head)
    assert choose(data, "a.txt").name != "mhtml"
    assert choose(data, "a.eml").name == "mail"


def test_a_document_has_another_id_when_its_content_may_choose_the_loader() -> None:
    data = saved(part())
    assert load(data, "a.txt").id == load(data, "b.html").id != load(data, "a.mht").id
