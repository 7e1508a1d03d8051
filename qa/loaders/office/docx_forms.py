"""Form fields and symbol fonts of Word files: what they show."""

from __future__ import annotations

from typing import Any

from qa.loaders.office.docx_xml import W, is_on, number

TICKED, UNTICKED = "☒", "☐"
_MAX_ENTRIES = 1000
_SYMBOLS = {
    "wingdings": {
        0x6E: "■", 0x6F: "□", 0x71: "❑", 0x72: "❒", 0xA8: UNTICKED, 0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓",
        0xFB: "✗", 0xFC: "✓", 0xFD: TICKED, 0xFE: "☑",
    },
    "wingdings 2": {0x4F: "✗", 0x50: "✓", 0x51: TICKED, 0x52: "☑", 0x53: TICKED, 0x54: TICKED, 0xA3: UNTICKED},
    "symbol": {
        0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB7: "•", 0xB9: "≠", 0x61: "α", 0x62: "β", 0x6D: "μ",
    },
}  # fmt: skip
"""The commonest characters of symbol fonts by their code, which Word may write with F000 added."""


def field_value(data: Any) -> str | None:
    """What a check box or a drop-down list (``w:ffData``) shows; None for fields that hold their text themselves."""
    box = data.find(W + "checkBox")
    if box is not None:
        ticked = is_on(box, "checked")
        return TICKED if (is_on(box, "default") if ticked is None else ticked) else UNTICKED
    choices = data.find(W + "ddList")
    if choices is None:
        return None
    chosen = number(choices, "result")
    chosen = number(choices, "default") if chosen is None else chosen
    entries = [entry.get(W + "val") or "" for entry in choices.findall(W + "listEntry")[:_MAX_ENTRIES]]
    return entries[chosen or 0] if (chosen or 0) < len(entries) else ""


def symbol(font: str, code: int) -> str | None:
    """The Unicode character of a symbol font's; None where it is not known."""
    known = _SYMBOLS.get(font.lower())
    if known is not None and (found := known.get(code & 0xFF if 0xF000 <= code < 0xF100 else code)):
        return found
    return None if 0xE000 <= code < 0xF900 or not 0x20 <= code < 0xD800 else chr(code)


def shown_in(font: str, words: str) -> str:
    """Words as a run's font shows them: those of symbol fonts are other characters."""
    known = _SYMBOLS.get(font.lower())
    if not known:
        return words
    return "".join(known.get(ord(char) & 0xFF if 0xF000 <= ord(char) < 0xF100 else ord(char), char) for char in words)
