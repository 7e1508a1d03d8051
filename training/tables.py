"""Invented tables with questions about their cells: the labelled sets are prose only, and a reader trained on nothing
else takes every table row for a passage without an answer.

    python -m training.tables              # tables.jsonl, into the training folder

Rows look like those of the loaders (``header: cell; header: cell``). Every name and value is random, so that nothing
can be answered from knowledge, only by reading.
"""

from __future__ import annotations

import argparse
import calendar
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from training.data import Pair, write

Value = Callable[[random.Random], str]

_SYLLABLES = (
    "al an ar bel bor cas dor el en far gal hol im jor ka lan mer nor os per quin ra sel tor ul van wen yor zel"
)
_FIRST = (
    "Anna Ben Carla David Elena Frank Grace Hugo Ines Jonas Karin Louis Maria Nils Olga Paul Rosa Simon Tara Victor"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, a generator of cells, and questions about its cell in the row ``{key}``."""

    header: str
    value: Value
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A kind of table; the first column names the rows."""

    title: str
    key: str
    name: Value
    columns: tuple[Column, ...]


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES.split(), k=chance.randint(2, 3))).capitalize()


def _person(chance: random.Random) -> str:
    return f"{chance.choice(_FIRST.split())} {_name(chance)}"


def _number(low: int, high: int, unit: str = "") -> Value:
    return lambda chance: f"{chance.randint(low, high):,}{unit}"


def _decimal(high: float, unit: str = "") -> Value:
    return lambda chance: f"{chance.uniform(0, high):.{chance.randint(1, 2)}f}{unit}"


def _year(chance: random.Random) -> str:
    return str(chance.randint(1700, 2026))


def _date(chance: random.Random) -> str:
    months = list(calendar.month_name)[1:]
    day, month, year = chance.randint(1, 28), chance.randint(1, 12), chance.randint(1900, 2026)
    written = (f"{day} {months[month - 1]} {year}", f"{months[month - 1]} {day}, {year}", f"{year}-{month:02}-{day:02}")
    return chance.choice(written)


def _one_of(words: str) -> Value:
    return lambda chance: chance.choice(words.split("|"))


def _code(chance: random.Random) -> str:
    return f"{''.join(chance.choices('ABCDEFGHJKLMNPRSTUVWXYZ', k=2))}-{chance.randint(10, 9999)}"


TABLES = (
    Table(
        "Rivers",
        "River",
        _name,
        (
            Column("Length (km)", _number(20, 6000), ("How long is the {key}?", "What is the length of the {key}?")),
            Column("Mouth", _name, ("Where does the {key} end?", "Into what does the {key} flow?")),
            Column("Discharge (m³/s)", _number(5, 9000), ("What is the discharge of the {key}?",)),
            Column("Countries", _number(1, 9), ("How many countries does the {key} flow through?",)),
        ),
    ),
    Table(
        "Planets and moons",
        "Body",
        _name,
        (
            Column("Diameter", _number(200, 140_000, " km"), ("What is the diameter of {key}?", "How big is {key}?")),
            Column("Moons", _number(0, 90), ("How many moons does {key} have?",)),
            Column("Day", _decimal(90, " h"), ("How long is a day on {key}?",)),
            Column("Discovered", _year, ("When was {key} discovered?", "In what year was {key} found?")),
            Column("Discovered by", _person, ("Who discovered {key}?",)),
        ),
    ),
    Table(
        "Employees",
        "Name",
        _person,
        (
            Column("Department", _one_of("Sales|Legal|Research|Support|Finance"), ("Which department is {key} in?",)),
            Column("Phone", _number(1000, 9999), ("What is {key}'s phone number?", "Phone of {key}?")),
            Column("Since", _date, ("Since when has {key} been with us?", "When did {key} join?")),
            Column("Room", _code, ("Which room is {key} in?", "Where does {key} sit?")),
            Column("Manager", _person, ("Who is the manager of {key}?", "Who does {key} report to?")),
        ),
    ),
    Table(
        "Prices",
        "Product",
        _name,
        (
            Column("Price", _decimal(900, " €"), ("How much does the {key} cost?", "What is the price of {key}?")),
            Column("Article number", _code, ("What is the article number of {key}?",)),
            Column("Weight", _decimal(80, " kg"), ("How heavy is the {key}?", "What does {key} weigh?")),
            Column("Colour", _one_of("red|blue|green|black|white|silver"), ("What colour is the {key}?",)),
            Column("Warranty", _number(1, 10, " years"), ("How long is the warranty of {key}?",)),
            Column("Delivery", _number(1, 30, " days"), ("How long does delivery of {key} take?",)),
        ),
    ),
    Table(
        "Settings",
        "Setting",
        lambda chance: f"{_name(chance).lower()}_{_name(chance).lower()}",
        (
            Column("Default", _number(1, 9000), ("What is the default of {key}?", "What is {key} by default?")),
            Column("Unit", _one_of("seconds|bytes|MB|requests|lines|pixels"), ("In what unit is {key} given?",)),
            Column("Maximum", _number(10, 90_000), ("What is the largest {key}?", "What is the maximum for {key}?")),
            Column("Since version", _decimal(9), ("Since which version is there {key}?",)),
        ),
    ),
    Table(
        "Cities",
        "City",
        _name,
        (
            Column(
                "Population",
                _number(900, 9_000_000),
                ("What is the population of {key}?", "How many people live in {key}?"),
            ),
            Column("Area", _number(3, 2000, " km²"), ("How large is {key}?", "What area does {key} cover?")),
            Column("Mayor", _person, ("Who is the mayor of {key}?",)),
            Column("Founded", _year, ("When was {key} founded?", "How old is {key}?")),
            Column("Elevation", _number(1, 3900, " m"), ("How high does {key} lie?",)),
        ),
    ),
    Table(
        "Results",
        "Team",
        _name,
        (
            Column("Points", _number(0, 99), ("How many points did {key} get?",)),
            Column("Coach", _person, ("Who coached {key}?", "Who was the coach of {key}?")),
            Column("Stadium", lambda chance: f"{_name(chance)} Park", ("Where did {key} play at home?",)),
            Column("Best scorer", _person, ("Who scored most for {key}?",)),
            Column("Founded", _year, ("When was {key} founded?",)),
        ),
    ),
    Table(
        "Missions",
        "Mission",
        lambda chance: f"{_name(chance)} {chance.randint(1, 20)}",
        (
            Column("Launched", _date, ("When was {key} launched?", "On what day did {key} start?")),
            Column("Commander", _person, ("Who commanded {key}?", "Who was commander of {key}?")),
            Column("Duration", _number(2, 400, " days"), ("How long did {key} last?",)),
            Column("Landing site", _name, ("Where did {key} land?",)),
            Column("Cost", _number(5, 900, " million"), ("What did {key} cost?", "How much was spent on {key}?")),
        ),
    ),
    Table(
        "Measurements",
        "Sample",
        _code,
        (
            Column("Temperature", _decimal(99, " °C"), ("At what temperature was {key} measured?",)),
            Column("pH", _decimal(13), ("What was the pH of {key}?",)),
            Column("Taken on", _date, ("When was {key} taken?",)),
            Column("Result", _one_of("positive|negative|unclear"), ("What was the result of {key}?",)),
            Column("Taken by", _person, ("Who took {key}?",)),
        ),
    ),
    Table(
        "Contracts",
        "Contract",
        _code,
        (
            Column(
                "Party", lambda chance: f"{_name(chance)} Ltd", ("With whom is {key}?", "Who is the party of {key}?")
            ),
            Column("Notice period", _number(5, 120, " days"), ("What is the notice period of {key}?",)),
            Column("Ends", _date, ("When does {key} end?", "Until when does {key} run?")),
            Column(
                "Amount", _number(500, 900_000, " USD"), ("What is the amount of {key}?", "How much is {key} worth?")
            ),
        ),
    ),
)


def pairs_of(number: int, seed: int) -> Iterator[Pair]:
    """``number`` questions, each with a passage that answers it and one that does not."""
    chance = random.Random(seed)
    for index in range(number):
        table = chance.choice(TABLES)
        columns = chance.sample(table.columns, chance.randint(2, len(table.columns)))
        names = list(dict.fromkeys(table.name(chance) for _ in range(chance.randint(2, 12))))
        rows = [[name, *(each.value(chance) for each in columns)] for name in names]
        headers = [table.key, *(each.header for each in columns)]
        asked, column = chance.randrange(len(rows)), chance.randrange(1, len(headers))
        cells = [row[column] for row in rows]
        if chance.random() < 0.25 and cells.count(cells[asked]) == 1:
            question, wanted = f"Which {table.key.lower()} has {headers[column].lower()} {cells[asked]}?", 0
        else:
            question, wanted = chance.choice(columns[column - 1].questions).format(key=names[asked]), column
        text, starts = _written(headers, rows)
        start = starts[asked][wanted]
        answer = rows[asked][wanted]
        title = chance.choice((table.title, f"{table.title} {_name(chance)}", _name(chance)))
        pair = Pair(f"tables/{index}", question, title, text, "answer", ((start, start + len(answer)),), (answer,))
        yield pair
        others = [row for row in rows if row is not rows[asked]] or [[_name(chance), *rows[asked][1:]]]
        yield replace(pair, text=_written(headers, others)[0], kind="none", spans=(), answers=(), mined=True)


def _written(headers: list[str], rows: list[list[str]]) -> tuple[str, list[list[int]]]:
    """The text of the rows, and the offset of each cell in it."""
    text, starts = "", []
    for row in rows:
        offsets = []
        for number, (header, cell) in enumerate(zip(headers, row, strict=True)):
            text += f"{'; ' if number else ''}{header}: "
            offsets.append(len(text))
            text += cell
        text += "\n"
        starts.append(offsets)
    return text.rstrip("\n"), starts


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the pairs of the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache" / "verbatim-training")
    parser.add_argument("--number", type=int, default=4000)
    options = parser.parse_args(arguments)
    print(write(pairs_of(options.number, 1), options.folder / "tables.jsonl"), "pairs")


if __name__ == "__main__":
    main()
