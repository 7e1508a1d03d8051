"""Numbers as a spreadsheet shows them: a value and a format code such as ``#,##0.00 "EUR"`` → ``12.50 EUR``.

The rules are those of ECMA-376, part 1, 18.8.31, and of Excel's TEXT function where that is silent. What depends on the
reader's system is fixed: a decimal point, commas between thousands, English names where the code asks for no language.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from qa.loaders.office.date_names import Names, date_names
from qa.loaders.office.format_codes import GENERAL, MAX_CODE, Section, Token, choose, sections_of

_FIFTEEN = Context(prec=15, rounding=ROUND_HALF_UP)
"""Spreadsheets keep and show fifteen digits."""
_EXACT = Context(prec=1000, rounding=ROUND_HALF_UP)
_UNITS = [Decimal(1).scaleb(-places) for places in range(MAX_CODE + 1)]
_LAST_DAY = 2_958_465
_DAY_SECONDS = 86_400


@lru_cache(maxsize=20_000)
def show_number(value: str, code: str = GENERAL, *, from_1904: bool = False) -> str:
    """The number that ``value`` writes, as format ``code`` shows it, with single spaces; empty where it hides it.

    ``from_1904``: days are counted from 1904, not from 1900. A value that is no number, and a date outside the
    calendar, are given as they are.
    """
    try:
        number = _FIFTEEN.create_decimal(value)
    except InvalidOperation:
        return value
    if not number.is_finite() or number.adjusted() > 308:
        return value
    section, is_absolute = choose(sections_of(code), number)
    if section is None:
        return _general(number)
    shown = _show(section, abs(number) if is_absolute else number, from_1904)
    return " ".join(shown.split())


def show_text(text: str, code: str = GENERAL) -> str:
    """The text of a cell whose format is ``code``."""
    sections = sections_of(code)
    if not sections or (len(sections) < 4 and not sections[-1].has_text):
        return text
    return "".join(text if token == ("sign", "@") else token.text for token in sections[-1].tokens)


def _show(section: Section, number: Decimal, from_1904: bool) -> str:
    if section.kind == "date":
        return _show_moment(section, number, from_1904)
    if section.kind == "general":
        return "".join(_general(number) if token.kind == "general" else token.text for token in section.tokens)
    minus, layout = "-" if number < 0 else "", _layout(section)
    number = abs(number)
    if section.kind == "scientific":
        return minus + _show_scientific(section.tokens, number)
    if layout.slash:
        return minus + _show_fraction(section.tokens, layout.slash, number)
    if not layout.has_digits:
        return minus + "".join(token.text for token in section.tokens)
    if layout.scale:
        number = number.scaleb(layout.scale, context=_EXACT)
    whole, _, decimals = f"{_rounded(number, layout.places):f}".partition(".")
    return (
        minus + _whole(layout.whole, whole.lstrip("0"), grouped=layout.grouped) + _decimals(layout.decimals, decimals)
    )


class _Layout(NamedTuple):
    """The places of a number's digits."""

    whole: list[Token]
    decimals: list[Token]
    """From the point on."""
    places: int
    """Digits behind the point."""
    scale: int
    """The power of ten that ``%`` and commas behind the digits multiply by."""
    grouped: bool
    has_digits: bool
    slash: int
    """Where a fraction's slash is; 0 where there is none."""


@lru_cache(maxsize=1000)
def _layout(section: Section) -> _Layout:
    tokens, grouped, thousands = _without_commas(section.tokens)
    hundreds = sum(token == ("sign", "%") for token in tokens)
    point = _index(tokens, ("sign", "."))
    places = sum(token.kind == "digit" for token in tokens[point:])
    scale = 2 * hundreds - 3 * thousands
    has_digits = any(token.kind == "digit" for token in tokens)
    return _Layout(tokens[:point], tokens[point:], places, scale, grouped, has_digits, _slash(section.tokens))


def _general(number: Decimal) -> str:
    """At most eleven characters, so at most eleven digits; six digits and an exponent where that is not enough."""
    if not number:
        return "0"
    size = number.adjusted()
    normal = number.normalize(_FIFTEEN)
    if size > 10 or (size < -4 and -normal.as_tuple().exponent > 9):  # type: ignore[operator]
        digits, exponent = f"{number:.5E}".split("E")
        return f"{_trimmed(digits)}E{int(exponent):+03d}"
    return _trimmed(f"{_rounded(number, min(9, max(9 - size, 0))):f}")


def _trimmed(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _rounded(number: Decimal, places: int) -> Decimal:
    return number.quantize(_UNITS[places], context=_EXACT)


def _without_commas(tokens: Sequence[Token]) -> tuple[list[Token], bool, int]:
    """The other tokens, whether a comma between digits groups them, and how many behind digits divide by thousand."""
    point = _index(tokens, ("sign", "."))
    last = max((index for index, token in enumerate(tokens[:point]) if token.kind == "digit"), default=-1)
    end = max((index for index, token in enumerate(tokens) if token.kind == "digit"), default=-1)
    kept, grouped, thousands, in_digits = list[Token](), False, 0, False
    for index, token in enumerate(tokens):
        if token != ("sign", ",") or not in_digits:
            in_digits = token.kind == "digit"
            kept.append(token)
        elif index < last:
            grouped = True
        elif index < point or index > end:
            thousands += 1
    return kept, grouped, thousands


def _index(tokens: Sequence[Token], wanted: tuple[str, str]) -> int:
    """Where ``wanted`` is first; the end where it is not."""
    return next((index for index, token in enumerate(tokens) if token == wanted), len(tokens))


def _whole(tokens: Sequence[Token], digits: str, *, grouped: bool = False) -> str:
    """Digits put into their places from the right; those that are too many go before the first place."""
    places = sum(token.kind == "digit" for token in tokens)
    if not places:
        return "".join(token.text for token in tokens) + digits
    shown: list[str] = []
    left, position = len(digits), 0
    for token in reversed(tokens):
        if token.kind != "digit":
            shown.append(token.text)
            continue
        places -= 1
        for _ in range(max(left, 1) if not places else 1):
            digit = digits[left - 1] if left > 0 else _PADDING[token.text]
            left -= 1
            if digit and grouped and position and position % 3 == 0:
                shown.append(",")
            position += 1
            shown.append(digit)
    return "".join(reversed(shown))


_PADDING = {"0": "0", "#": "", "?": ""}


def _decimals(tokens: Sequence[Token], digits: str) -> str:
    """The point and what is behind it; places that need not be filled stay empty behind the last digit."""
    needed = len(digits.rstrip("0"))
    shown, place = [], 0
    for token in tokens:
        if token.kind != "digit":
            shown.append(token.text)
            continue
        shown.append(digits[place] if place < needed else _PADDING[token.text])
        place += 1
    return "".join(shown)


def _show_scientific(tokens: Sequence[Token], number: Decimal) -> str:
    """``0.00E+00``; with several places before the point the exponent is a multiple of their number."""
    at = next(index for index, token in enumerate(tokens) if token.kind == "exponent")
    mantissa, sign, rest = tokens[:at], tokens[at].text[1], tokens[at + 1 :]
    point = _index(mantissa, ("sign", "."))
    step = max(sum(token.kind == "digit" for token in mantissa[:point]), 1)
    places = sum(token.kind == "digit" for token in mantissa[point:])
    exponent = number.adjusted() // step * step if number else 0
    digits = _rounded(number.scaleb(-exponent, context=_EXACT), places)
    if digits.adjusted() >= step:  # rounded up to one digit more
        exponent += step
        digits = _rounded(number.scaleb(-exponent, context=_EXACT), places)
    whole, _, decimals = f"{digits:f}".partition(".")
    power = "-" if exponent < 0 else "+" if sign == "+" else ""
    shown = _whole(mantissa[:point], whole) + _decimals(mantissa[point:], decimals)
    return f"{shown}E{power}{_whole(rest, str(abs(exponent)))}"


def _slash(tokens: Sequence[Token]) -> int:
    """Where a fraction's slash is, between a digit's place and another or a number; 0 where there is no fraction."""
    for index in range(1, len(tokens) - 1):
        after = tokens[index + 1]
        if tokens[index] == ("sign", "/") and tokens[index - 1].kind == "digit":
            return index if _is_place(after) else 0
    return 0


_NONZERO = tuple("123456789")


def _show_fraction(tokens: Sequence[Token], slash: int, number: Decimal) -> str:
    """``# ?/?``: the nearest fraction with so many digits, or with the denominator that the code names."""
    start = next((at + 1 for at in range(slash - 1, -1, -1) if tokens[at].kind != "digit"), 0)
    end = next((at for at in range(slash + 1, len(tokens)) if not _is_place(tokens[at])), len(tokens))
    has_whole = any(token.kind == "digit" for token in tokens[:start])
    whole, part = _EXACT.divmod(number, Decimal(1)) if has_whole else (Decimal(0), number)
    numerator, denominator = _nearest(part, tokens[slash + 1 : end])
    if has_whole and numerator == denominator:
        whole, numerator = whole + 1, 0
    shown = _whole(tokens[:start], str(int(whole)) if whole or not numerator else "")
    if numerator or not has_whole:
        shown += f"{_whole(tokens[start:slash], str(numerator))}/{denominator}"
    return shown + "".join(token.text for token in tokens[end:])


def _is_place(token: Token) -> bool:
    return token.kind == "digit" or token.text in _NONZERO


def _nearest(number: Decimal, places: Sequence[Token]) -> tuple[int, int]:
    """The fraction nearest to a number, with this denominator or with one of so many digits."""
    named = "".join(token.text for token in places if token.text not in "?#").lstrip("0")
    if named:
        return int(_rounded(number * int(named), 0)), int(named)
    fraction = Fraction(number).limit_denominator(10 ** min(len(places), 7) - 1)
    return fraction.numerator, fraction.denominator


# ----------------------------------------------------------------------------------------------------- dates and times


def _show_moment(section: Section, number: Decimal, from_1904: bool) -> str:
    """A count of days as a date, a time of day or a time that has passed, rounded to the last part that is shown."""
    kinds = {token.kind for token in section.tokens}
    if abs(number) >= _LAST_DAY + 1 or (number < 0 and "elapsed" not in kinds):
        return _general(number)  # no such day
    places = max((len(token.text) - 1 for token in section.tokens if token.kind == "fraction"), default=0)
    seconds = _rounded(abs(number) * _DAY_SECONDS, places)
    days, rest = divmod(seconds, _DAY_SECONDS)
    has_calendar = any(token.kind == "date" and token.text[0] in "ymdbeg" for token in section.tokens)
    day = _calendar_day(min(int(days), _LAST_DAY), from_1904) if has_calendar else (0, 0, 0, 0)
    clock = int(rest // 3600), int(rest % 3600 // 60), int(rest % 60)
    names, half = date_names(section.language), "clock" in kinds
    shown = ["-" if number < 0 else ""]
    for token in section.tokens:
        if token.kind == "date":
            shown.append(_date_part(token.text, day, clock, half, names))
        else:
            shown.append(_time_part(token, seconds, places))
    return "".join(shown)


def _time_part(token: Token, seconds: Decimal, places: int) -> str:
    """What a token shows outside a date."""
    if token.kind == "elapsed":
        return f"{int(seconds // _ELAPSED_SECONDS[token.text[0]]):0{len(token.text)}d}"
    if token.kind == "fraction":
        return f"{seconds % 1:.{places}f}"[1 : len(token.text) + 1]
    if token.kind == "clock":
        return token.text.split("/")[seconds % _DAY_SECONDS >= _DAY_SECONDS // 2]
    return token.text


_ELAPSED_SECONDS = {"h": 3600, "m": 60, "s": 1}


def _calendar_day(days: int, from_1904: bool) -> tuple[int, int, int, int]:
    """Year, month, day and day of the week. The calendar of 1900 has a day 0 and a 29 February, which never was."""
    if from_1904:
        found = date(1904, 1, 1) + timedelta(min(days, _LAST_DAY - 1462))
        return found.year, found.month, found.day, found.weekday()
    weekday = (days + 5) % 7
    if days in (0, 60):
        return (1900, 1, 0, weekday) if days == 0 else (1900, 2, 29, weekday)
    found = date(1899, 12, 31 if days < 60 else 30) + timedelta(days)
    return found.year, found.month, found.day, weekday


def _date_part(text: str, day: tuple[int, int, int, int], clock: tuple[int, int, int], half: bool, names: Names) -> str:
    """What one part of a date's code shows; ``n`` are minutes."""
    year, month, number, weekday = day
    letter, width = text[0], len(text)
    if letter in "ye":
        return f"{year % 100:02d}" if text in ("y", "yy") else f"{year:04d}"
    if letter == "b":
        return f"{(year + 543) % 100:02d}" if width < 3 else f"{year + 543:04d}"
    if letter == "m" and width > 2:
        return names.short_months[month - 1] if width == 3 else names.months[month - 1][: 1 if width == 5 else None]
    if letter == "d" and width > 2:
        return (names.short_days if width == 3 else names.days)[weekday]
    hours = (clock[0] % 12 or 12) if half else clock[0]
    value = {"m": month, "d": number, "h": hours, "n": clock[1], "s": clock[2], "g": None}[letter]
    return "" if value is None else f"{value:0{min(width, 2)}d}"
