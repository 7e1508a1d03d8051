"""Numbers as Word writes them in lists and notes: ``ST_NumberFormat`` of ECMA-376 part 1, 17.18.59."""

from __future__ import annotations

from collections.abc import Callable, Mapping

_ROMAN = {
    1000: "m",
    900: "cm",
    500: "d",
    400: "cd",
    100: "c",
    90: "xc",
    50: "l",
    40: "xl",
    10: "x",
    9: "ix",
    5: "v",
    4: "iv",
    1: "i",
}
_MAX_ROMAN = 32767
_MAX_REPEATS = 30
"""Word's own limit: letters go up to 30 times z, 780."""
_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"}
_ORDINALS["twelve"] = "twelfth"
_DIGITS = "〇一二三四五六七八九"


def in_format(number: int, kind: str) -> str:
    """``number`` in a format such as ``lowerLetter``; in digits where the format is not known or ends before it.

    ``bullet`` and ``none`` write nothing.
    """
    write = _FORMATS.get(kind)
    written = write(number) if write and number >= 0 else None
    return str(number) if written is None else written


def like_example(number: int, example: str) -> str:
    """``number`` in a format of the user's own, which Word keeps as its first numbers: ``001, 002, 003, ...``."""
    first = example.partition(",")[0].strip()
    return str(number).zfill(len(first)) if first.isdecimal() and len(first) < _MAX_REPEATS else str(number)


def _roman(number: int) -> str | None:
    if not 0 < number <= _MAX_ROMAN:
        return None
    written = ""
    for value, letters in _ROMAN.items():
        times, number = divmod(number, value)
        written += letters * times
    return written


def _from(alphabet: str) -> Callable[[int], str | None]:
    """The letters of an alphabet: a … z, aa, bb … zz, aaa."""

    def write(number: int) -> str | None:
        times, letter = divmod(number - 1, len(alphabet))
        return alphabet[letter] * (times + 1) if 0 <= times < _MAX_REPEATS else None

    return write


def _once(characters: str) -> Callable[[int], str | None]:
    """One character for each of the first numbers; digits beyond."""
    return lambda number: characters[number - 1] if 0 < number <= len(characters) else None


def _upper(write: Callable[[int], str | None]) -> Callable[[int], str | None]:
    return lambda number: (write(number) or "").upper() or None


def _ordinal(number: int) -> str:
    ending = "th" if number // 10 % 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _cardinal_text(number: int) -> str | None:
    if number >= 100:
        return None
    tens, unit = divmod(number, 10)
    words = _UNITS[number] if number < 20 else _TENS[tens - 2] + (f"-{_UNITS[unit]}" if unit else "")
    return words.capitalize()


def _ordinal_text(number: int) -> str | None:
    words = _cardinal_text(number)
    if words is None:
        return None
    before, hyphen, last = words.lower().rpartition("-")
    last = _ORDINALS.get(last) or (f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th")
    return f"{before}{hyphen}{last}".capitalize()


def _counted(number: int) -> str | None:
    """Chinese and Japanese counting: 十二, 二十, 一百零五."""
    if not 0 < number < 10_000:
        return _DIGITS[0] if number == 0 else None
    written, gap = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if digit:
            written += (
                ("零" if gap else "") + ("" if digit == 1 and number < 20 and size == 10 else _DIGITS[digit]) + name
            )
        gap = bool(written) and not digit
    return written


def _counted_to_99(number: int) -> str | None:
    return _counted(number) if number < 100 else "".join(_DIGITS[int(digit)] for digit in str(number))


def _characters(first: str, number: int) -> str:
    return "".join(map(chr, range(ord(first), ord(first) + number)))


_ENCLOSED = _characters("①", 20)
_LATIN = _characters("a", 26)
_RUSSIAN = "абвгдежзиклмнопрстуфхцчшщыэюя"
_HEBREW = "אבגדהוזחטיכלמנסעפצקרשת"

_FORMATS: Mapping[str, Callable[[int], str | None]] = {
    "bullet": lambda number: "",
    "none": lambda number: "",
    "decimalZero": lambda number: f"{number:02}",
    "lowerLetter": _from(_LATIN),
    "upperLetter": _from(_LATIN.upper()),
    "lowerRoman": _roman,
    "upperRoman": _upper(_roman),
    "ordinal": _ordinal,
    "cardinalText": _cardinal_text,
    "ordinalText": _ordinal_text,
    "hex": lambda number: f"{number:X}",
    "chicago": _from("*†‡§"),
    "numberInDash": lambda number: f"- {number} -",
    "decimalFullWidth": lambda number: str(number).translate({48 + digit: 0xFF10 + digit for digit in range(10)}),
    "decimalEnclosedCircle": _once(_ENCLOSED),
    "decimalEnclosedCircleChinese": _once(_ENCLOSED),
    "decimalEnclosedParen": _once(_characters("⑴", 20)),
    "decimalEnclosedFullstop": _once(_characters("⒈", 20)),
    "chineseCounting": _counted_to_99,
    "chineseCountingThousand": _counted,
    "taiwaneseCounting": _counted_to_99,
    "taiwaneseCountingThousand": _counted,
    "japaneseCounting": _counted,
    "ideographDigital": lambda number: "".join(_DIGITS[int(digit)] for digit in str(number)),
    "ideographTraditional": _once("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _once("子丑寅卯辰巳午未申酉戌亥"),
    "ganada": _from("가나다라마바사아자차카타파하"),
    "russianLower": _from(_RUSSIAN),
    "russianUpper": _from(_RUSSIAN.upper()),
    "hebrew2": _from(_HEBREW),
}
