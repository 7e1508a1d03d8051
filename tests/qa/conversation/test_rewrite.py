"""A follow-up gets what it leaves out; a question that stands alone stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation import Turn, standalone
from qa.conversation.rewrite import previous_question

SAMPLES = Path(__file__).resolve().parents[3] / "qa" / "samples" / "questions.jsonl"
CANAL = "How long is the Main-Danube Canal?"
MOONS = "How many moons does Mars have?"
FILTER = "Who registered the paper filter?"
VETO = "When did Russia veto the first resolution in 2011?"
AMBULANCE = "What is the ambulance number in the United Kingdom?"

EXCHANGED = {
    "a year for the year": (VETO, "and in 2012?", "When did Russia veto the first resolution in 2012?"),
    "a bare year": (VETO, "and 2012?", "When did Russia veto the first resolution in 2012?"),
    "a year behind a question without one": (MOONS, "and in 2013?", "How many moons does Mars have in 2013?"),
    "a month keeps the year": ("What did he report in June 2012?", "And in July?", "What did he report in July 2012?"),
    "a name for the name": (MOONS, "and Saturn?", "How many moons does Saturn have?"),
    "what about": (MOONS, "What about Saturn?", "How many moons does Saturn have?"),
    "thanks, and": (MOONS, "Thanks, and what about Saturn?", "How many moons does Saturn have?"),
    "a name alone": (MOONS, "Saturn?", "How many moons does Saturn have?"),
    "the first of two names": ("When did Putin meet Assad?", "And Obama?", "When did Obama meet Assad?"),
    "the first name, whatever the others look like": (
        "When did Great Britain adopt the Gregorian calendar?",
        "And Russia?",
        "When did Russia adopt the Gregorian calendar?",
    ),
    "the name that shares a word": (
        "Who of NASA was in the crew of Apollo 8?",
        "and Apollo 9?",
        "Who of NASA was in the crew of Apollo 9?",
    ),
    "a number for the number": (
        "When was version 1.0 of SQLite released?",
        "and 3.0?",
        "When was version 3.0 of SQLite released?",
    ),
    "a number with its noun": ("What does the error 404 mean?", "and error 500?", "What does the error 500 mean?"),
    "an owner for the owner": (
        "Where is Russia's only naval base?",
        "and China's?",
        "Where is China's only naval base?",
    ),
    "what has the same preposition": (AMBULANCE, "and in Japan?", "What is the ambulance number in Japan?"),
    "with for without": (
        "How high is the pressure on rims without hooks?",
        "and with hooks?",
        "How high is the pressure on rims with hooks?",
    ),
    "what has a preposition behind a question without one": (
        "How long is the notice period?",
        "and for shops?",
        "How long is the notice period for shops?",
    ),
}


@pytest.mark.parametrize("rule", EXCHANGED)
def test_a_part_is_exchanged_where_its_counterpart_is_plain(rule: str) -> None:
    before, question, expected = EXCHANGED[rule]
    assert standalone(question, [Turn(before)]) == expected


JOINED = {
    "a pronoun": (CANAL, "When was it completed?"),
    "a pronoun that the name before it cannot be": ("When did the war end?", "How many Russians wanted it to end?"),
    "a bare question word": (FILTER, "When?"),
    "there, then, one": ("Where is the naval base?", "How many people live there?"),
    "that": ("What was started in 1952?", "What happened after that?"),
    "more": (CANAL, "Tell me more"),
    "something behind and": (CANAL, "and its locks?"),
    "one of several names": ("What is the difference between TCP and UDP?", "and QUIC?"),
    "another place in a question with a place": ("Is smoking allowed on the balcony?", "and in the hall?"),
    "a part of a longer measure": ("How high is the pressure for 25 mm road tyres?", "and for 28 mm?"),
    "a longer question behind and": (CANAL, "and who was the first captain to sail through all of it?"),
    "German": ("Wie viele Monde hat der Mars?", "und der Jupiter?"),
    "a German question word": ("Wann wurde der Turm gebaut?", "Warum?"),
}


@pytest.mark.parametrize("rule", JOINED)
def test_else_the_previous_question_comes_behind_it(rule: str) -> None:
    before, question = JOINED[rule]
    assert standalone(question, [Turn("Who was Nero?"), Turn(before)]) == f"{question.rstrip('?')}? {before}"


def test_a_previous_question_is_itself_completed() -> None:
    turns = [Turn("Who discovered Uranus?"), Turn("and Neptune?")]
    assert standalone("When was that?", turns) == "When was that? Who discovered Neptune?"


def test_a_name_is_exchanged_in_a_completed_question_too() -> None:
    turns = [Turn("Who released version 1.0 of SQLite?"), Turn("When?")]
    assert standalone("And version 3.0?", turns) == "When? Who released version 3.0 of SQLite?"


def test_of_many_questions_the_last_one_and_the_first_come_behind_it() -> None:
    turns = [Turn(CANAL), Turn(f"When was it completed? {CANAL}")]
    third = standalone("Who built it?", turns)
    assert third == f"Who built it? When was it completed? {CANAL}"
    assert standalone("Where was he born?", [*turns, Turn(third)]) == f"Where was he born? Who built it? {CANAL}"


def test_a_question_without_an_end_gets_one() -> None:
    assert standalone("who signed it", [Turn("the Treaty of Trianon")]) == "who signed it? the Treaty of Trianon?"


def test_only_the_beginning_of_a_long_previous_question_comes_behind_it() -> None:
    before = previous_question([Turn("Who " + "very " * 100 + "often went home?")])
    assert len(before) < 310 and before.startswith("Who very") and before.endswith("very?")


ALONE = """\
How many airstrikes did Russia launch in Syria?
In 2013, what did Putin acknowledge?
According to the BBC, how many soldiers died?
What is the melting point of iron?
For how long is a passport valid?
Why do leaves fall in autumn?
List all invoices of 2013
notice period lease 2013
Danube
What is lipopolysaccharide?
What are the ages of the patients of Wuhan?
How old was Toghun Temur when he became emperor?
When did BSkyB first announce their target goal?
How many species are there?
there is
Why did the states claim that taxes were rising?
Wie viele Monde hat der Jupiter?
Combien de lunes a la planète Jupiter ?
火星有几颗卫星？
""".splitlines()


def test_a_question_that_stands_alone_stays_as_it_is() -> None:
    """A change of subject takes nothing of the old one along."""
    samples = [json.loads(line)["question"] for line in SAMPLES.read_text("utf-8").splitlines()]
    questions = [*ALONE, *samples]
    changed = {question for question in questions if standalone(question, [Turn(CANAL)]) != question}
    assert len(questions) > 20 and changed == set()


def test_without_turns_every_question_stands_alone() -> None:
    assert standalone("and in 2013?", []) == "and in 2013?"


def test_a_long_question_says_itself_what_it_is_about() -> None:
    question = "Why did he " + "very " * 60 + "often go home?"
    assert standalone(question, [Turn(FILTER)]) == question


WORDS = "and what about it its he they there one that year in 2013 Mars the moons of ? , when was ¿Y his why".split()  # noqa: SIM905
TEXT = st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@given(TEXT, st.lists(st.builds(Turn, TEXT, TEXT), max_size=4))
def test_anything_gives_something_and_always_the_same(question: str, turns: list[Turn]) -> None:
    found = standalone(question, turns)
    assert found == standalone(question, turns)
    assert bool(found.strip()) == bool(question.strip())
    assert turns or found == question
