"""Bytes → text for the formats that are text files: byte-order marks, UTF-16 without one, legacy encodings."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from qa.errors import FileUnreadable
from qa.loaders.language import likeliest
from qa.types import Note

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose byte-order mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\b\t\n\v\f\r\x1b")) + b"\x7f"
_MULTIBYTE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_MISREAD = re.compile("[a-z][\u0192\u2020\u2021\u2030\u201a\u201e\u02c6\u2039\xa4\xa8\xb8]+[a-z]")  # as in “B„r”
_LATIN_PAGES = {
    "cp1250": ("pl", "cs", "sk", "hu", "sl", "hr", "bs", "ro", "sq"),
    "cp1254": ("tr", "az"),
    "cp1257": ("lt", "lv", "et"),
}
_NEVER = ("utf_7", "utf_16", "utf_16_be", "utf_16_le", "utf_32", "utf_32_be", "utf_32_le")
_HIGH_LINE = re.compile(rb"(?<![^\n\r])([^\n\r\x80-\xff]*+)[\x80-\xff][^\n\r]*+")
_SAMPLE_BYTES = 32_768
_ODD_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")  # no editor counts a line there


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file: ``\\n`` newlines that count as an editor counts them, no NUL, no lone surrogates."""

    text: str
    encoding: str
    notes: tuple[Note, ...] = ()


def decode(data: bytes, name: str, declared: str | None = None) -> Decoded:
    """Decode a text file; what was guessed or replaced is in the notes.

    ``declared`` is an encoding the file names inside itself; it is used when there is no byte-order mark and the
    bytes are not UTF-8. Raises ``FileUnreadable`` when the bytes are not text.
    """
    text, encoding, notes = _decode(data, name, declared)
    replaced = text.count("\ufffd") + text.count("\0")
    if replaced:
        words = f"{replaced:,} characters" if replaced > 1 else "1 character"
        notes = (*notes, Note("replaced_characters", f"{words} could not be read and appear as \ufffd."))
    return Decoded(_tidy(text), encoding, notes)


def is_binary(data: bytes) -> bool:
    """True if ``data`` has too many control bytes to be text in an 8-bit encoding or UTF-8."""
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return controls > len(data) * 0.1 or (controls >= 8 and controls > len(data) * 0.02)


def utf16_without_mark(data: bytes) -> str | None:
    """``utf-16-le`` or ``utf-16-be`` when ``data`` without byte-order mark looks like it, else None."""
    sample = data[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(data) % 2 or max(even, odd) < len(sample) / 40 or min(even, odd) * 20 > max(even, odd):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    text = sample.decode(encoding, "replace")
    good = sum(char.isprintable() or char in "\n\r\t" for char in text)
    spaced = text.isascii() or any(char in " \n" for char in text)
    return encoding if spaced and good >= len(text) * 0.95 else None


def _decode(data: bytes, name: str, declared: str | None) -> tuple[str, str, tuple[Note, ...]]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding, ()
    if b"\0" in data[:4096] and (wide := utf16_without_mark(data)):
        return data.decode(wide, "replace"), wide, (_guessed(wide),)
    if is_binary(data):
        raise FileUnreadable(name, "holds binary data, not text; give it the suffix of its real format")
    known = _known(declared) if declared else None
    if known and known.startswith(("iso2022", "hz")):  # 7-bit, so always valid UTF-8
        return data.decode(known, "replace"), known, ()
    try:
        return data.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError:
        pass
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace"), "utf-8", ()
    if (surrogates := _utf8_with_surrogates(data)) is not None:
        return surrogates, "utf-8", ()
    if known:
        return data.decode(known, "replace"), known, ()
    encoding = guess_legacy(data)
    return data.decode(encoding, "replace"), encoding, (_guessed(encoding),)


def _guessed(encoding: str) -> Note:
    return Note("encoding_guessed", f"The file does not say its encoding; it was read as {encoding}.")


def _mostly_utf8(data: bytes) -> bool:
    """True for UTF-8 with a few damaged bytes: a cut end, a wrong byte in a long text."""
    wrong = data.decode("utf-8", "replace").count("\ufffd")
    right = sum(1 for _ in _MULTIBYTE.finditer(data)) - wrong
    return right > 4 * wrong or (wrong == 1 and data[-3:].decode("utf-8", "replace").endswith("\ufffd") and right > 0)


def _utf8_with_surrogates(data: bytes) -> str | None:
    try:
        return re.sub("[\ud800-\udfff]", "\ufffd", data.decode("utf-8", "surrogatepass"))
    except UnicodeDecodeError:
        return None


def _known(declared: str) -> str | None:
    """Python's name of a declared text encoding, None when there is none; latin-1 is cp1252 as in browsers."""
    try:
        found = codecs.lookup(declared.strip().strip("'\""))
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in ("utf-8", "utf-16", "utf-32", "utf-7", "idna", "punycode"):
        return None
    return "cp1252" if found.name in ("iso8859-1", "ascii") else found.name


def guess_legacy(data: bytes) -> str:
    """The likeliest legacy encoding of text that is not UTF-8, from its lines with bytes over 127.

    Text whose letters are mostly ASCII is in a Latin script, and its language says which code page; for other
    scripts, and for bytes that are not in that page, charset-normalizer decides.
    """
    from charset_normalizer import from_bytes

    sample = b"\n".join(_sample_lines(data))
    high = len(_HIGH_BYTE.findall(sample))
    if len(_ASCII_LETTER.findall(sample)) > 1.5 * high:
        page = _latin_page(sample)
        if page:
            return page
    best = from_bytes(sample, cp_exclusion=list(_NEVER)).best()
    return best.encoding if best else "cp1252"


def _latin_page(sample: bytes) -> str | None:
    """The Windows code page of the sample's language, None when its bytes are not all in that page."""
    language, probability = likeliest(sample.decode("cp1252", "ignore"))
    pages = [page for page, languages in _LATIN_PAGES.items() if language in languages and probability > 0.8]
    page = pages[0] if pages else "cp1252"
    try:
        text = sample.decode(page)
    except UnicodeDecodeError:
        return None
    return page if not _MISREAD.search(text) else None


def _sample_lines(data: bytes) -> list[bytes]:
    lines, size = [], 0
    for match in _HIGH_LINE.finditer(data):
        start = max(match.start(), match.end(1) - _SAMPLE_BYTES // 2)
        line = data[start : min(match.end(), start + _SAMPLE_BYTES)]
        lines.append(line)
        size += len(line)
        if size >= _SAMPLE_BYTES:
            break
    return lines


def _tidy(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.removeprefix("\ufeff").replace("\0", "\ufffd")
    return _ODD_BREAKS.sub(" ", text)
