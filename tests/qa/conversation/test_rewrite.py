"""A follow-up becomes a question that stands alone; one that stands alone stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.conversation.rewrite import Turn, standalone
from qa.conversation.rules.tokens import words

ROOT = Path(__file__).resolve().parents[3]
LONG_CANAL = ("How long is the Main-Danube Canal?", "171 kilometres")
STEPS = ("What are the three steps of the process?", "collect, sort and ship")
RINGS = ("Which planets have rings?", "Jupiter, Saturn, Uranus and Neptune")
RELEASED = ("When was version 2.0.0 released?", "3 May 2019")
OPERA = ("When did Mozart write Don Giovanni?", "1787")
MOONS = ("How many moons does Mars have?", "two")
FILTER = ("Who registered the paper filter?", "Melitta Bentz")
TRIBUTARY = ("What is the longest tributary of the Danube?", "the Tisza")
TREATY = ("When was the treaty signed?", "4 May 1921")
VETO = ("When did Russia veto the first resolution in 2011?", "4 October")
CREW = ("Who was in the crew of Apollo 8?", "Frank Borman, James Lovell, William Anders")
NEXT_TO_NOTHING = ("Who discovered Neptune?", "")


def after(*turns: tuple[str, str], title: str = "") -> list[Turn]:
    """The turns of these questions and answers."""
    return [Turn(question, answer, title) for question, answer in turns]


RULES = {
    "a year takes the place of the year": (VETO, "and in 2012?", "When did Russia veto the first resolution in 2012?"),
    "a bare year, too": (VETO, "and 2012?", "When did Russia veto the first resolution in 2012?"),
    "a year comes behind a question without one": (MOONS, "and in 2013?", "How many moons does Mars have in 2013?"),
    "a month keeps the year": (
        ("What did he report in June 2012?", "double standards"),
        "And in July?",
        "What did he report in July 2012?",
    ),
    "with for without": (
        ("How high is the pressure on rims without hooks?", "5 bar"),
        "thanks, and with hooks?",
        "How high is the pressure on rims with hooks?",
    ),
    "a name takes the place of a name": (MOONS, "and Saturn?", "How many moons does Saturn have?"),
    "what about, how about": (MOONS, "What about Saturn?", "How many moons does Saturn have?"),
    "a name alone": (MOONS, "Saturn?", "How many moons does Saturn have?"),
    "a number takes the place of a number": (RELEASED, "and 3.0.0?", "When was version 3.0.0 released?"),
    "also behind a preposition": (
        ("What was added in version 2.0.0?", "streaming"),
        "and in 3.0.0?",
        "What was added in version 3.0.0?",
    ),
    "also with its noun": (("What does the error 404 mean?", ""), "and error 500?", "What does the error 500 mean?"),
    "what was added is asked again": (
        ("Who released version 2.0.0, and when?", "Ann, in 2019"),
        "and version 3.0.0?",
        "Who released version 3.0.0, and when?",
    ),
    "but not with a place or a time": (
        ("Who released version 2.0.0, and when?", "Ann, in 2019"),
        "and in Germany?",
        "Who released version 2.0.0 in Germany?",
    ),
    "the third of a list is no question that was added": (
        ("How heavy are Mercury, Venus, and Mars?", ""),
        "why?",
        "How heavy are Mercury, Venus, and Mars, and why?",
    ),
    "what hangs on it goes, too": (
        ("Where was the battle of Hastings fought?", "near Hastings"),
        "and the battle of Bosworth?",
        "Where was the battle of Bosworth fought?",
    ),
    "one of many is no kind of them": (RINGS, "and Mars?", "What about Mars: which planets have rings?"),
    "the others are no kind of them": (RINGS, "and the others?", "What about the others: which planets have rings?"),
    "a verb of the third person is no noun": (
        ("Which section describes termination?", "Section 12"),
        "and renewal?",
        "Which section describes renewal?",
    ),
    "one has no difference": (
        ("What is the difference between TCP and UDP?", ""),
        "and QUIC?",
        "What about QUIC: what is the difference between TCP and UDP?",
    ),
    "the one of another year": (
        ("Who won the election in 2016?", "Alexander Van der Bellen"),
        "and the one in 2010?",
        "Who won the election in 2010?",
    ),
    "a place for a place": (
        ("Is smoking allowed on the balcony?", "No"),
        "and in the hall?",
        "Is smoking allowed in the hall?",
    ),
    "an order": (
        ("Tell me about the Treaty of Westphalia", ""),
        "and the Treaty of Utrecht?",
        "Tell me about the Treaty of Utrecht.",
    ),
    "a condition": (
        ("How long is the warranty?", "two years"),
        "and if I lose the receipt?",
        "How long is the warranty if I lose the receipt?",
    ),
    "a condition for a condition": (
        ("What happens if a tenant is late?", ""),
        "and if he moves out?",
        "What happens if the tenant moves out?",
    ),
    "a noun takes the place of a noun": (MOONS, "and rings?", "How many rings does Mars have?"),
    "the subject comes before other names": (
        ("When did Putin meet Assad?", "2015"),
        "And Obama?",
        "When did Obama meet Assad?",
    ),
    "names that share a word": (CREW, "and Apollo 9?", "Who was in the crew of Apollo 9?"),
    "a number that shares the unit": (
        ("How high is the pressure for 25 mm road tyres?", "5.5 bar"),
        "and for 28 mm?",
        "How high is the pressure for 28 mm road tyres?",
    ),
    "the same preposition": (
        ("What is the ambulance number in the United Kingdom?", "999"),
        "and in Japan?",
        "What is the ambulance number in Japan?",
    ),
    "another preposition comes behind": (
        ("How long is the notice period?", "three months"),
        "and for shops?",
        "How long is the notice period for shops?",
    ),
    "an owner for an owner": (
        ("Where is Russia's only naval base?", "Tartus"),
        "and China's?",
        "Where is China's only naval base?",
    ),
    "the verb agrees": (("How big is the moon?", "big"), "and the planets?", "How big are the planets?"),
    "an ordinal for an ordinal": (VETO, "and the second one?", "When did Russia veto the second resolution in 2011?"),
    "an ordinal of what was listed": (STEPS, "and the second one?", "What about the second step of the process?"),
    "an ordinal with its noun": (STEPS, "What about the third step?", "What about the third step of the process?"),
    "an ordinal of the names that answered": (RINGS, "what about the second one?", "What about Saturn?"),
    "the question word again": (
        ("How many soldiers died in 2011?", "112"),
        "how many in 2012?",
        "How many soldiers died in 2012?",
    ),
    "an adverb comes behind": (("Can I renew my passport?", "yes"), "and online?", "Can I renew my passport online?"),
    "a weekday": (("Is the tower open on Sundays?", "yes"), "and Mondays?", "Is the tower open on Mondays?"),
    "today": (("Is the tower open on Sundays?", "yes"), "and today?", "Is the tower open today?"),
    "what else is measured": (
        ("How tall is the tower?", "330 m"),
        "and the weight?",
        "What about the weight of the tower?",
    ),
    "what else is noted": (
        ("What is the phone number of the embassy in Paris?", ""),
        "and the address?",
        "What is the address of the embassy in Paris?",
    ),
    "a year of keywords": (("notice period lease 2013", ""), "and 2014?", "Notice period lease 2014?"),
    "a verb that is in no list": (("Who chairs the board?", "Ann"), "and the committee?", "Who chairs the committee?"),
    "a superlative for a superlative": (
        TRIBUTARY,
        "and the shortest?",
        "What is the shortest tributary of the Danube?",
    ),
    "a name without a counterpart stays in sight": (
        ("How long is the notice period?", "three months"),
        "What about Germany?",
        "What about Germany: how long is the notice period?",
    ),
    "its with a noun alone": (LONG_CANAL, "And its locks?", "What about the Main-Danube Canal's locks?"),
    "a question word that fits": (TREATY, "Why?", "Why was the treaty signed?"),
    "a question word for yes or no": (
        ("Was the base evacuated?", "evacuated"),
        "when?",
        "When was the base evacuated?",
    ),
    "where exactly": (
        ("Where did Apollo 15 land?", "Hadley Rille"),
        "where exactly?",
        "Where exactly did Apollo 15 land?",
    ),
    "a question word that does not fit comes behind": (FILTER, "When?", "Who registered the paper filter, and when?"),
    "when was that": (FILTER, "And when was that?", "Who registered the paper filter, and when?"),
    "why did she do that": (FILTER, "Why did she do that?", "Who registered the paper filter, and why?"),
    "in which": (("How do I set the timeout?", ""), "in which file?", "How do I set the timeout, and in which file?"),
    "by how much": (("Why did prices fall?", ""), "by how much?", "Why did prices fall, and by how much?"),
    "before that": (("Who is the CEO of Acme?", ""), "and before that?", "Who is the CEO of Acme, and before that?"),
    "how much": (LONG_CANAL, "How much?", "How long is the Main-Danube Canal, and how much?"),
    "who, of a passive": (TREATY, "who?", "When was the treaty signed, and by whom?"),
    "he or she is who was answered": (FILTER, "who was she?", "Who was Melitta Bentz?"),
    "his and her": (FILTER, "Who was her husband?", "Who was Melitta Bentz's husband?"),
    "he is the name of the question": (
        ("What did Netanyahu ask for?", "missiles"),
        "When did he travel to Moscow?",
        "When did Netanyahu travel to Moscow?",
    ),
    "he is whose name was asked for": (
        ("What was the name of the captain?", "James Cook"),
        "Where was he born?",
        "Where was James Cook born?",
    ),
    "a name with a Roman number": (
        ("When did Elizabeth I die?", "1603"),
        "Who was her father?",
        "Who was Elizabeth I's father?",
    ),
    "her, of what hangs on her": (
        FILTER,
        "What was the name of her husband?",
        "What was the name of Melitta Bentz's husband?",
    ),
    "her, of whoever knew her": (
        ("Who is the captain?", "Ann Lee"),
        "What happened to people who knew her?",
        "What happened to people who knew Ann Lee?",
    ),
    "he is a person named by office": (
        ("How old was the captain?", "60"),
        "Where did he live?",
        "Where did the captain live?",
    ),
    "he was not found": (
        NEXT_TO_NOTHING,
        "When was he born?",
        "When was the person who discovered Neptune born?",
    ),
    "it is where somebody was born": (("Where was Mozart born?", "Salzburg"), "How big is it?", "How big is Salzburg?"),
    "it is not where people do something with it": (
        ("What happened to the ship?", "it sank"),
        "How many people in Europe saw it?",
        "How many people in Europe saw the ship?",
    ),
    "it is the subject": (LONG_CANAL, "When was it completed?", "When was the Main-Danube Canal completed?"),
    "it is the name that answers which and what is": (TRIBUTARY, "How long is it?", "How long is the Tisza?"),
    "it is the object of who": (FILTER, "When was it registered?", "When was the paper filter registered?"),
    "it is what is done, not who does it": (OPERA, "Where was it performed?", "Where was Don Giovanni performed?"),
    "both": (OPERA, "Did he conduct it?", "Did Mozart conduct Don Giovanni?"),
    "it is who does it when it does something": (
        ("When did Google buy YouTube?", "2006"),
        "How much did it pay?",
        "How much did Google pay?",
    ),
    "it has a plural hanging on it": (
        ("What is the deadline for applications?", "31 March"),
        "Can it be extended?",
        "Can the deadline for applications be extended?",
    ),
    "it is told of": (
        ("Tell me about the Treaty of Westphalia", ""),
        "Who signed it?",
        "Who signed the Treaty of Westphalia?",
    ),
    "it is not what is asked for": (
        ("How do I install the package?", ""),
        "Which version of Python does it need?",
        "Which version of Python does the package need?",
    ),
    "it is an office": (
        ("Who is the CEO of Acme?", "Jane Smith"),
        "Who was it before?",
        "Who was the CEO of Acme before?",
    ),
    "it happens": (
        ("What does the error 404 mean?", ""),
        "When does it happen?",
        "When does the error 404 happen?",
    ),
    "an irregular verb is no noun": (
        ("Where was the battle of Hastings fought?", ""),
        "Who won it?",
        "Who won the battle of Hastings?",
    ),
    "what's": (("What's the capital of Australia?", "Canberra"), "what's its area?", "What is Canberra's area?"),
    "it is what was measured": (
        ("What is the diameter of Jupiter?", "142984"),
        "How heavy is it?",
        "How heavy is Jupiter?",
    ),
    "its, with a long name": (
        ("When was the prototype of the kilogram made?", "1889"),
        "What is its height?",
        "What is the height of the prototype of the kilogram?",
    ),
    "they are what was counted": (MOONS, "How big are they?", "How big are the moons of Mars?"),
    "they are several names": (
        CREW,
        "When did they land?",
        "When did Frank Borman, James Lovell and William Anders land?",
    ),
    "they are not the places that were answered": (
        ("Where did Russia land?", "Rastan, Talbiseh, and Zafaraniya"),
        "What did they want?",
        "What did Russia want?",
    ),
    "they may be a country": (VETO, "What did they want?", "What did Russia want?"),
    "of them": (
        ("How much are Russian contractors paid?", "$6,500"),
        "How many of them are there?",
        "How many of the Russian contractors are there?",
    ),
    "there is where": (
        ("Where is the naval base?", "Tartus"),
        "How many people live there?",
        "How many people live in Tartus?",
    ),
    "from there": (
        ("Where is the naval base?", "Tartus"),
        "How far is Damascus from there?",
        "How far is Damascus from Tartus?",
    ),
    "there is a place without a name": (
        ("What happened in the castle?", ""),
        "Who lived there?",
        "Who lived in the castle?",
    ),
    "this city": (
        ("Where was Mozart born?", "Salzburg"),
        "How many people live in this city?",
        "How many people live in Salzburg?",
    ),
    "there is the place of the question": (
        ("Who was born in Vienna?", "Schubert"),
        "Who died there?",
        "Who died in Vienna?",
    ),
    "then is the date": (TREATY, "Who was king then?", "Who was king on 4 May 1921?"),
    "at the time": (TREATY, "Who was king at the time?", "Who was king on 4 May 1921?"),
    "that year": (TREATY, "Who was king that year?", "Who was king in 1921?"),
    "after that": (TREATY, "What happened after that?", "What happened after 4 May 1921?"),
    "this treaty": (
        ("When was the treaty of Sofia signed?", "1994"),
        "Who signed this treaty?",
        "Who signed the treaty of Sofia?",
    ),
    "that alone": (LONG_CANAL, "How wide is that?", "How wide is the Main-Danube Canal?"),
    "which one": (
        ("How many locks does the canal have?", "16"),
        "Which one is the highest?",
        "Which lock of the canal is the highest?",
    ),
    "which one takes": (STEPS, "Which one takes longest?", "Which step of the process takes longest?"),
    "a bigger one": (
        ("Does the museum have a shop?", "yes"),
        "Does it have a bigger one?",
        "Does the museum have a bigger shop?",
    ),
    "her first one": (
        FILTER,
        "What was her first one made of?",
        "What was Melitta Bentz's first paper filter made of?",
    ),
    "tell me more": (LONG_CANAL, "Tell me more", "Tell me more about the Main-Danube Canal."),
    "German": (("Wie viele Monde hat der Mars?", "zwei"), "und der Jupiter?", "Wie viele Monde hat der Jupiter?"),
    "French": (("Combien de lunes a Mars ?", "deux"), "Et Saturne ?", "Combien de lunes a Saturne?"),
    "Spanish": (("¿Qué pasó en 2012?", "nada"), "¿Y en 2013?", "¿Qué pasó en 2013?"),
    "a question word of another language": (
        ("Wann wurde der Turm gebaut?", "1889"),
        "Warum?",
        "Wann wurde der Turm gebaut, und warum?",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_follow_up_is_made_to_stand_alone(rule: str) -> None:
    turn, question, expected = RULES[rule]
    assert standalone(question, after(turn)) == expected


def test_the_table_of_the_documentation_is_true() -> None:
    section = (ROOT / "docs" / "library.md").read_text("utf-8").split("## Follow-up questions")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if "? |" in line]
    assert len(rows) == 8
    for _, before, asked, searched in rows:
        question, _, answer = before.partition("? (")
        assert standalone(asked, after((question.rstrip("?") + "?", answer.rstrip(")")))) == searched


def test_several_turns_are_a_chain() -> None:
    """Each question is resolved against what was searched before it, not what was typed."""
    turns = after(("Where did Apollo 15 land?", "Hadley Rille"))
    expected = [
        ("and Apollo 17?", "Where did Apollo 17 land?", "Taurus-Littrow"),
        ("When?", "When did Apollo 17 land?", "11 December 1972"),
        ("Who was president then?", "Who was president on 11 December 1972?", ""),
    ]
    for question, standing, answer in expected:
        found = standalone(question, turns)
        assert found == standing
        turns.append(Turn(found, answer, ""))


def test_a_turn_that_says_nothing_of_it_is_looked_past() -> None:
    turns = after(FILTER, ("Who registered the paper filter, and when?", "1908"), ("Is it raining?", ""))
    assert standalone("Where did she live?", turns) == "Where did Melitta Bentz live?"
    assert standalone("Where did she live?", [*turns, *after(("Is it raining?", "")) * 3]) == "Where did she live?"


def test_two_pronouns_are_not_the_same() -> None:
    turns = after(("What did Kirill endorse?", "the operation"))
    assert standalone("What did he say about it?", turns) == "What did Kirill say about it?"
    assert standalone("Did he like his job?", turns) == "Did Kirill like his job?"


def test_the_title_is_what_more_is_told_of_when_nothing_else_is() -> None:
    assert standalone("tell me more", after(("why?", ""), title="Coffee")) == "Tell me more about Coffee."


ALONE = """\
Did Smith say he would come?
Was it because of lead?
And Jupiter? And Saturn?
Where does it say that?
And the one before?
When did Russia launch its first airstrikes in Syria?
And what did Tadzhuddin propose to Putin?
But when was the castle built?
So how tall is the Eiffel Tower?
Then what is the deadline?
Is it legal to collect rainwater in Germany?
Was it Trajan who built the bridge?
How is it that bees can fly?
How long does it take to boil an egg?
How far is it from Vienna to Budapest?
What time is it in Tokyo?
What is it like to live in Norway?
What does it mean to be bankrupt?
Does it rain in the Atacama?
Is there a limit on the number of tables?
How many people are there in Warsaw?
What is the name of the river that flows through Budapest?
Is the warranty that came with the phone transferable?
Who said "it is finished"?
Who wrote the song “There they are”?
Which of the moons of Jupiter is the largest?
Which one of the planets has rings?
Can one swim in the Danube?
How much does one litre of milk weigh?
How old must one be to vote?
When a burn blisters, should it be cooled?
If the tenant moves out early, must he pay the rent until the end?
Do I have to pay if the train is late and I miss it?
What is the melting point of iron and when was it discovered?
What did Churchill mean when he spoke of an iron curtain?
What does the author say about his childhood?
How high must a fence be for it to be legal?
Which animals eat their young?
Which company sold its shares in 2012?
Who lost their life in the accident?
How did the Beatles get their name?
How do bees find their way home?
Does a cat land on its feet?
In 2013, what did Putin acknowledge?
And in 2013, who was president?
And who was president in 2013?
According to the BBC, how many soldiers died?
What if the landlord refuses?
What is this document about?
What does this page say about coffee?
Where can I find my contract?
Who am I?
For how long is a passport valid?
Why do leaves fall in autumn?
List all invoices of 2013
Name the planets that have no moon.
Tell me about the Danube
in short, what is a leap year?
notice period lease 2013
Danube
Thanks!
ok
Hello there
Wie viele Monde hat der Jupiter?
Wann hat er das Haus verkauft?
Combien de lunes a Jupiter ?
¿Cuántas lunas tiene Júpiter?
¿Y su población?
Wo ist das?
Und wie viele Menschen besuchen ihn?
Quand a-t-elle été construite ?
Et sa largeur ?
Qual é a população de Lisboa?
E a altura?
Hoe oud is het?
Is dat waar?
Сколько спутников у Марса?
А когда она построена?
火星有几颗卫星？
""".splitlines()


def sample_questions() -> list[str]:
    """Those that ship with the samples."""
    lines = (ROOT / "qa" / "samples" / "questions.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line)["question"] for line in lines]


@pytest.mark.parametrize(
    "turn", [LONG_CANAL, MOONS, FILTER, TRIBUTARY, TREATY, VETO, CREW, NEXT_TO_NOTHING, ("Which river?", "the Danube")]
)
def test_a_question_that_stands_alone_stays_as_it_is(turn: tuple[str, str]) -> None:
    """A change of subject takes nothing of the old one along."""
    questions = [*ALONE, *sample_questions()]
    changed = {found for question in questions if (found := standalone(question, after(turn))) != question}
    assert len(questions) > 90 and changed == set()


def test_without_turns_every_question_stands_alone() -> None:
    assert standalone("and in 2013?", []) == "and in 2013?"


def test_what_is_quoted_is_not_touched() -> None:
    question = 'Who said "he and it and they" of him?'
    assert standalone(question, after(FILTER)) == 'Who said "he and it and they" of Melitta Bentz?'


def test_a_long_question_says_itself_what_it_is_about() -> None:
    question = "Why did he " + "very " * 60 + "often go home?"
    assert standalone(question, after(FILTER)) == question


WORDS = sorted(
    words("and what about it its he they there one that year in 2013 Mars the moons of ? , when was ¿Y his why")
)
TEXT = st.text(max_size=80) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@given(TEXT, st.lists(st.builds(Turn, TEXT, TEXT, TEXT), max_size=4))
def test_anything_gives_something_and_always_the_same(question: str, turns: list[Turn]) -> None:
    found = standalone(question, turns)
    assert found == standalone(question, turns)
    assert bool(found.strip()) == bool(question.strip())
    assert turns or found == question
