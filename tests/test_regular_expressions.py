"""Every regular expression of the program takes linear time, whatever it is given.

Each is found in the sources, with the methods it is used by, and fed with what its own repeats match, and with near
misses of the usual kinds, once and twice as long.
"""

from __future__ import annotations

import ast
import importlib
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from tests.helpers import ROOT

LENGTH = 10_000
FLOOR_SECONDS = 0.003
PUMPS = r"""
<!-- <!----> <a <aaaa <a> </a> /* */ // & = a= a="b" http:// www. @ a@ a.b
a A Ab. é 的 of and the 1 1a a, ,1 1, 1. .1 - -- --- – * ** *a _a_ # > >> + | |- \ % $ ` ’ " ' "" '"
[ ]( [a]( ![ [1] 【 【1】 […] … . .. ... , ; : ( ) () /
""".split()  # noqa: SIM905
PUMPS += [
    " ",
    "  ",
    "\n",
    "\n\n",
    " \n",
    "\t",
    "\r",
    "\r\n",
    "\xa0",
    "\0",
    "\xad",
    "\ud800",
    "a ",
    " a",
    "a\n",
    "A ",
    "1 ",
]
PUMPS += ["A of ", "1 May 2020 ", " . ", "- ", "* ", "> ", "[ ", "…\n", "and ", ", and ", "---\n", "--- "]
METHODS = ("search", "match", "fullmatch", "findall", "finditer", "split", "sub", "subn")


class Names(dict[str, Any]):
    """A module's names; what only a function knows is a word."""

    def __missing__(self, name: str) -> str:
        if name in __builtins__:  # type: ignore[operator]
            raise KeyError(name)
        return "word"


def expressions() -> Iterator[tuple[str, re.Pattern[Any], frozenset[str]]]:
    """Where each expression is, the expression, and the methods of ``re`` that are used with it."""
    files = {path: ast.parse(path.read_text()) for top in ("qa", "embeddings") for path in (ROOT / top).rglob("*.py")}
    used = defaultdict[tuple[Path, str], set[str]](set)
    for path, tree in files.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in METHODS and isinstance(node.value, ast.Name):
                used[path, node.value.id].add(node.attr)
    for path, tree in sorted(files.items()):
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _is_of_re(node.func)]
        if not calls or path.name == "__main__.py":
            continue
        names = Names(vars(importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))))
        given = {id(node.value): node.targets[0].id for node in ast.walk(tree) if _is_assignment(node)}
        others = {
            method for (place, name), found in used.items() if place == path and name[0] != "_" for method in found
        }
        for call in calls:
            method = call.func.attr  # type: ignore[attr-defined]
            flags = [word.value for word in call.keywords if word.arg == "flags"]
            place = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(method, 2)
            pattern, *flags = (_value(node, names) for node in (call.args[0], *call.args[place : place + 1], *flags))
            methods = (
                {method} if method != "compile" else used.get((path, given.get(id(call), "")), others or {"search"})
            )
            yield f"{path.relative_to(ROOT)}:{call.lineno}", re.compile(pattern, *flags), frozenset(methods)


def _is_of_re(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "re"
        and node.attr in ("compile", *METHODS)
    )


def _is_assignment(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)


def _value(node: ast.expr, names: Names) -> Any:
    return eval(compile(ast.Expression(node), "pattern", "eval"), {}, names)


def near_misses(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """What may make an expression go back: what comes before one of its repeats, what is repeated, what ends it."""
    before = {("", "")}
    for variant in range(4):
        before.update(_repeats(_parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG), "", variant))
    own = {pump for prefix, repeated in before for pump in (repeated, prefix + repeated) if pump}
    for prefix in {prefix for prefix, _ in before}:
        for pump in {*own, *PUMPS}:
            yield from ((prefix, pump, end) for end in ("", "\x01"))


def _repeats(parsed: Iterable[Any], prefix: str, variant: int) -> Iterator[tuple[str, str]]:
    """Each repeat that has no small limit: a text that leads to it, and one that it repeats."""
    for code, value in parsed:
        if code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
            if value[1] > 100:
                yield prefix, _sample(value[2], variant)
            yield from _repeats(value[2], prefix, variant)
        elif code is sre.BRANCH:
            for branch in value[1]:
                yield from _repeats(branch, prefix, variant)
        elif code in (sre.SUBPATTERN, sre.ATOMIC_GROUP, sre.ASSERT, sre.ASSERT_NOT):
            yield from _repeats(value if code is sre.ATOMIC_GROUP else value[-1], prefix, variant)
        prefix += _sample([(code, value)], variant)


def _sample(parsed: Iterable[Any], variant: int) -> str:
    """A text that the parsed expression matches, as far as that is easy."""
    return "".join(_sample_of(code, value, variant) for code, value in parsed)


def _sample_of(code: Any, value: Any, variant: int) -> str:
    if code is sre.LITERAL:
        return chr(value)
    if code in (sre.NOT_LITERAL, sre.IN, sre.ANY):
        allowed = re.compile("[" + _class(code, value) + "]" if code is not sre.ANY else ".")
        fitting = [char for char in 'a1 -.,"<[(A:\n/=é\x80\xad' if allowed.match(char)]
        return fitting[variant % len(fitting)] if fitting else _first(value)
    if code is sre.BRANCH:
        return _sample(value[1][variant % len(value[1])], variant)
    if code in (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT):
        return _sample(value[2], variant) * (value[0] or variant % 2)
    if code in (sre.SUBPATTERN, sre.ATOMIC_GROUP):
        return _sample(value if code is sre.ATOMIC_GROUP else value[-1], variant)
    return ""


def _class(code: Any, value: Any) -> str:
    """The inside of a character class, written again."""
    if code is sre.NOT_LITERAL:
        return "^" + re.escape(chr(value))
    categories = {sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_WORD: r"\w"}
    categories |= {sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_NOT_SPACE: r"\S", sre.CATEGORY_NOT_WORD: r"\W"}
    written = ""
    for kind, each in value:
        if kind is sre.LITERAL:
            written += re.escape(chr(each))
        elif kind is sre.RANGE:
            written += f"{re.escape(chr(each[0]))}-{re.escape(chr(each[1]))}"
        else:
            written += "^" if kind is sre.NEGATE else categories[each]
    return written


def _first(value: Any) -> str:
    return next((chr(each if kind is sre.LITERAL else each[0]) for kind, each in value if kind is not sre.NEGATE), "")


def seconds(pattern: re.Pattern[Any], method: str, text: str) -> float:
    """Processor time."""
    given: Any = text.encode("latin-1", "replace") if isinstance(pattern.pattern, bytes) else text
    begun = time.process_time()
    if method in ("search", "match", "fullmatch"):
        getattr(pattern, method)(given)
    else:
        for _ in pattern.finditer(given):
            pass
    return time.process_time() - begun


def is_linear(pattern: re.Pattern[Any], method: str, prefix: str, pump: str, end: str) -> bool:
    """True when twice the text takes less than three times as long, the least of up to ten runs each."""
    for count in (12, 16, 20, 24):  # what doubles with every repeat would never end with more
        text = prefix + pump * count + end
        if min(seconds(pattern, method, text) for _ in range(2)) > 10 * FLOOR_SECONDS:
            return False
    texts = [prefix + pump * (length // len(pump)) + end for length in (LENGTH, 2 * LENGTH)]
    once = seconds(pattern, method, texts[0])
    if once < FLOOR_SECONDS:
        return True
    twice = seconds(pattern, method, texts[1])
    for _ in range(9):
        if twice < 3 * once:
            return True
        once, twice = (
            min(least, seconds(pattern, method, text)) for least, text in zip((once, twice), texts, strict=True)
        )
    return once < FLOOR_SECONDS


ALL = list(expressions())


@pytest.mark.corpus
@pytest.mark.parametrize(("pattern", "methods"), [each[1:] for each in ALL], ids=[each[0] for each in ALL])
def test_twice_the_text_takes_twice_the_time(pattern: re.Pattern[Any], methods: frozenset[str]) -> None:
    for near_miss in near_misses(pattern):
        for method in methods:
            assert is_linear(pattern, method, *near_miss), (pattern.pattern, method, near_miss)


def test_the_expressions_of_every_module_are_found() -> None:
    places = {place.split(":")[0] for place, _, _ in ALL}
    assert {
        "qa/loaders/markup/html.py",
        "qa/web/render.py",
        "embeddings/hashing.py",
        "qa/generation/stream.py",
    } <= places


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("pattern", "method"),
    [
        (r"\s*(?:<!--.{0,500}?-->\s*)*<html", "match"),
        (r"<(/?)([a-zA-Z][\w:-]*)[^<>]*>", "finditer"),
        (r"[+-]?[\d.,' ]*\d[\d.,' ]*%?", "fullmatch"),
        (rb"[^\n\r]*[\x80-\xff][^\n\r]*", "finditer"),
        (r"/\*.*?\*/|\s+", "sub"),
    ],
)
def test_an_expression_that_goes_back_is_noticed(pattern: Any, method: str) -> None:
    compiled = re.compile(pattern, re.DOTALL)
    assert not all(is_linear(compiled, method, *near_miss) for near_miss in near_misses(compiled))
