"""Number format codes of spreadsheets, such as ``#,##0.00 "EUR";[Red]-0.00``, as tokens; ECMA-376, part 1, 18.8.31."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Literal, NamedTuple

GENERAL = "General"
BUILT_IN = {
    1: "0",
    2: "0.00",
    3: "#,##0",
    4: "#,##0.00",
    5: "$#,##0;-$#,##0",
    6: "$#,##0;-$#,##0",
    7: "$#,##0.00;-$#,##0.00",
    8: "$#,##0.00;-$#,##0.00",
    9: "0%",
    10: "0.00%",
    11: "0.00E+00",
    12: "# ?/?",
    13: "# ??/??",
    14: "yyyy-mm-dd",
    15: "d-mmm-yy",
    16: "d-mmm",
    17: "mmm-yy",
    18: "h:mm AM/PM",
    19: "h:mm:ss AM/PM",
    20: "h:mm",
    21: "h:mm:ss",
    22: "yyyy-mm-dd h:mm",
    37: "#,##0;(#,##0)",
    38: "#,##0;(#,##0)",
    39: "#,##0.00;(#,##0.00)",
    40: "#,##0.00;(#,##0.00)",
    41: "#,##0;-#,##0;-;@",
    42: "$#,##0;-$#,##0;$-;@",
    43: "#,##0.00;-#,##0.00;-;@",
    44: "$#,##0.00;-$#,##0.00;$-;@",
    45: "mm:ss",
    46: "[h]:mm:ss",
    47: "mm:ss.0",
    48: "##0.0E+0",
    49: "@",
}
"""Codes of the formats that a file names by number only. 14 and 22, dates in the order of the reader's country, are
given in the order that means the same everywhere."""

MAX_CODE = 255
"""Excel's own limit."""
_TOKENS = re.compile(
    r"""
    "(?P<quoted>[^"]*+)"?+
    | \\(?P<escaped>.?+)
    | _(?P<space>.?+)
    | \*(?P<fill>.?+)
    | \[(?P<bracket>[^\]]*+)\]?+
    | (?P<general>General)
    | (?P<clock>AM/PM|A/P|上午/下午)
    | (?P<exponent>E[+-])
    | (?P<date>y++|m++|d++|h++|s++|b++|e++|g++)
    | (?P<digit>[0\#?])
    | (?P<sign>[.,%/@;])
    | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*+([-+]?[\d.]++)\s*+")
_LANGUAGE = re.compile(r"\$[^-]*+-([0-9A-Fa-f]{1,8})")
_ELAPSED = re.compile(r"h++|m++|s++", re.IGNORECASE)

Condition = tuple[str, Decimal]
"""A sign such as ``>=``, and what a value is compared with."""
Kind = Literal["literal", "digit", "sign", "general", "exponent", "date", "elapsed", "clock", "fraction"]


class Token(NamedTuple):
    """A piece of a code; ``n`` in a date's is minutes."""

    kind: Kind
    text: str


SectionKind = Literal["date", "general", "scientific", "number"]


@dataclass(frozen=True, eq=False)
class Section:
    """What a code says of some of the values."""

    tokens: tuple[Token, ...]
    condition: Condition | None = None
    kind: SectionKind = "number"
    has_text: bool = False
    """True where it shows the cell's text."""
    language: int = 0
    """Windows's number of the language of its dates; 0 for none."""


def _section(tokens: Sequence[Token], condition: Condition | None, language: int) -> Section:
    kinds = {token.kind for token in tokens}
    if kinds & {"date", "elapsed"}:
        kind: SectionKind = "date"
    else:
        kind = "general" if "general" in kinds else "scientific" if "exponent" in kinds else "number"
    return Section(tuple(tokens), condition, kind, ("sign", "@") in tokens, language)


@lru_cache(maxsize=1000)
def sections_of(code: str) -> tuple[Section, ...]:
    """The one to four sections of a code; none for General and for what is no code."""
    if code.lower() == "general" or len(code) > MAX_CODE:
        return ()
    sections: list[list[Token]] = [[]]
    conditions: list[Condition | None] = [None]
    languages = [0]
    for match in _TOKENS.finditer(code):
        kind, text = match.lastgroup or "other", match.group(match.lastgroup or 0)
        if text == ";" and kind == "sign":
            sections.append([])
            conditions.append(None)
            languages.append(0)
        elif kind == "bracket":
            conditions[-1] = _condition(text) or conditions[-1]
            languages[-1] = _language(text) or languages[-1]
            sections[-1] += _bracket(text)
        else:
            sections[-1].append(_token(kind, text))
    if len(sections) > 4:
        return ()
    parts = zip(sections, conditions, languages, strict=True)
    return tuple(_section(_dated(tokens), condition, language) for tokens, condition, language in parts)


def _token(kind: str, text: str) -> Token:
    if kind == "space":  # as wide as this character
        return Token("literal", " ")
    if kind == "fill":  # repeated to the cell's width
        return Token("literal", "")
    if kind in ("quoted", "escaped", "other"):
        return Token("literal", text)
    return Token(kind, text.upper() if kind in ("exponent", "clock") else text.lower())  # type: ignore[arg-type]


def _bracket(text: str) -> list[Token]:
    """What ``[text]`` shows: a currency or the elapsed time; nothing for colours, countries and conditions."""
    if text.startswith("$"):
        return [Token("literal", text[1:].partition("-")[0])]
    return [Token("elapsed", text.lower())] if _ELAPSED.fullmatch(text) else []


def _language(text: str) -> int:
    """Of ``$-407`` or ``$€-407``; 0 where there is none."""
    match = _LANGUAGE.fullmatch(text)
    return int(match[1], 16) if match else 0


def _condition(text: str) -> Condition | None:
    match = _CONDITION.fullmatch(text)
    try:
        return (match[1], Decimal(match[2])) if match else None
    except InvalidOperation:
        return None


def _dated(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens with minutes told from months, and ``.00`` behind seconds as their fraction."""
    if not any(token.kind == "elapsed" or (token.kind == "date" and token.text[0] in "ymdhs") for token in tokens):
        return [token._replace(kind="literal") if token.kind == "date" else token for token in tokens]
    dated = _with_fractions(tokens)
    parts = [index for index, token in enumerate(dated) if token.kind in ("date", "elapsed")]
    for before, index, after in zip([None, *parts], parts, [*parts[1:], None], strict=False):
        beside_clock = (before is not None and _of(dated[before], "h")) or (
            after is not None and _of(dated[after], "s")
        )
        if beside_clock and dated[index] in (("date", "m"), ("date", "mm")):
            dated[index] = Token("date", dated[index].text.replace("m", "n"))
    return dated


def _with_fractions(tokens: Sequence[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        if token.kind == "digit" and found and found[-1].kind == "fraction":
            found[-1] = Token("fraction", found[-1].text + "0")
        elif token == ("digit", "0") and len(found) > 1 and found[-1].text == "." and _of(found[-2], "s"):
            found[-1] = Token("fraction", ".0")
        else:
            found.append(token)
    return found


def _of(token: Token, letter: str) -> bool:
    return token.kind in ("date", "elapsed") and token.text.startswith(letter)


def choose(sections: Sequence[Section], number: Decimal) -> tuple[Section | None, bool]:
    """The section for a number, None for General; and whether it shows the number without its sign.

    Without conditions they are for positive numbers, negative ones, zero and text. A section that only negative numbers
    reach says by itself how they look.
    """
    if sections and (len(sections) == 4 or sections[-1].has_text):
        sections = sections[:-1]
    if not sections:
        return None, False
    first, *others = sections
    if _holds(first, number, implied=not others or number > 0 or (number == 0 and len(others) == 1)):
        return first, _only_negative(first.condition)
    if not others:
        return None, False
    second = others[0]
    if _holds(second, number, implied=number < 0 or (len(others) == 1 and first.condition is not None)):
        return second, _only_negative(second.condition) if second.condition else _leaves_negative(first.condition)
    return (others[1], False) if len(others) > 1 else (None, False)


def _only_negative(condition: Condition | None) -> bool:
    return condition is not None and condition[0] in ("<", "<=") and condition[1] <= 0


def _leaves_negative(condition: Condition | None) -> bool:
    """True if this first section leaves negative numbers to the next."""
    return condition in (None, (">", Decimal(0)), (">=", Decimal(0)))


def _holds(section: Section, number: Decimal, *, implied: bool) -> bool:
    if section.condition is None:
        return implied
    sign, limit = section.condition
    return (
        (number < limit and sign in ("<", "<=", "<>"))
        or (number > limit and sign in (">", ">=", "<>"))
        or (number == limit and sign in ("=", "<=", ">="))
    )
