"""Plain text and encodings."""

from __future__ import annotations

import codecs

import pytest

from qa.errors import FileUnreadable
from qa.loaders.load import load
from qa.loaders.plain.encoding import decode, guess_legacy


def codes(data: bytes) -> list[str]:
    return [note.code for note in load(data, "a.txt").report.notes]


def test_paragraphs_keep_their_line_breaks_and_line_numbers() -> None:
    document = load(b"\n\nfirst\nstill first\n   \n\x0csecond\r\nline\r\n", "a.txt")
    assert document.text == "first\nstill first\n\n second\nline"
    assert [(block.start, block.end) for block in document.blocks] == [(0, 17), (19, 31)]
    assert [document.line_of(document.text.index(word)) for word in ("first", "still", "second")] == [3, 4, 6]


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_unicode_with_a_mark_is_read_without_a_remark(mark: bytes, encoding: str) -> None:
    document = load(mark + "Grüße, мир, 世界 🎉\n".encode(encoding), "a.txt")
    assert document.text == "Grüße, мир, 世界 🎉"
    assert document.report.notes == ()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", ["Plain words here.\n", "Просто слова и пробелы.\n"])
def test_utf16_without_a_mark_is_known_by_its_zero_bytes(encoding: str, text: str) -> None:
    decoded = decode(text.encode(encoding), "a.txt")
    assert (decoded.text, decoded.encoding) == (text, encoding)
    assert [note.code for note in decoded.notes] == ["encoding_guessed"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Der Bär läuft über die Straße und hört plötzlich ein Geräusch."),
        ("cp1252", "Le café est fermé à midi; voilà l'été, où êtes-vous allé?"),
        ("cp1252", "The café’s “résumé” – naïve"),
        ("cp1250", "Zażółć gęślą jaźń. Wszystko będzie dobrze, gdy przyjdzie wiosna."),
        ("cp1251", "Быстрая коричневая лиса прыгает через ленивую собаку."),
        ("koi8_r", "Быстрая коричневая лиса прыгает через ленивую собаку."),
        ("cp1254", "Hızlı kahverengi tilki tembel köpeğin üzerinden atlar; şeker çok güzel."),
        ("cp932", "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"),
        ("gb18030", "中华人民共和国成立于一九四九年十月一日,首都北京。"),
    ],
)
def test_legacy_encodings_are_guessed_and_named(encoding: str, text: str) -> None:
    data = text.encode(encoding)
    assert guess_legacy(data) == encoding
    document = load(data, "a.txt")
    assert document.text == text
    assert encoding in document.report.notes[0].message


def test_a_damaged_byte_in_utf8_is_replaced_and_counted() -> None:
    document = load("Größe ändern über Straße, schön\n".encode() + b"bad \xff byte", "a.txt")
    assert document.text.endswith("bad \ufffd byte")
    assert [note.code for note in document.report.notes] == ["replaced_characters"]
    assert document.report.notes[0].message.startswith("1 character ")


def test_nul_and_lone_surrogates_become_replacement_characters() -> None:
    long = b"a long enough line of plain words around the odd byte "
    assert load(long + b"x\0y", "a.txt").text.endswith("x\ufffdy")
    assert load(long + "x\ud800y".encode("utf-8", "surrogatepass"), "a.txt").text.endswith("x\ufffdy")
    assert codes(long + b"x\0y") == ["replaced_characters"]


@pytest.mark.parametrize("data", [bytes(range(256)) * 4, b"\x7fELF\x02" + bytes(500), b"PK\x03\x04" + bytes(99)])
def test_binary_under_a_text_suffix_is_refused(data: bytes) -> None:
    with pytest.raises(FileUnreadable, match="binary data"):
        load(data, "a.txt")


def test_unreadable_share_is_reported() -> None:
    assert codes("\ue000\ue001 abc def".encode()) == ["unreadable_characters"]


def test_a_huge_single_line_is_read() -> None:
    document = load(b"word " * 600_000, "a.txt")
    assert len(document.text) == 2_999_999
    assert len(load(b" " * 3_000_000 + b"x", "a.txt").blocks) == 1
