"""What a question asks for is told from its first words."""

from __future__ import annotations

import pytest

from qa.answering.question import kind_of


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was it signed?", "fact"),
        ("How many people live in Warsaw?", "fact"),
        ("How long is the notice period?", "fact"),
        ("how tall is the tower", "fact"),
        ("In which year did the war end?", "fact"),
        ("Which team won Super Bowl 50?", "fact"),
        ("Which bus goes to the station?", "fact"),
        ("What was the name of the ship?", "fact"),
        ("Wie lange dauert die Kündigungsfrist?", "fact"),
        ("notice period", "fact"),
        ("Why did the orbiter fail?", "explain"),
        ("How does the valve work?", "explain"),
        ("How can I cancel?", "explain"),
        ("how to descale the machine", "explain"),
        ("What did Churchill say about the treaty?", "explain"),
        ("What happens when a file is too large?", "explain"),
        ("What is the difference between sync and add?", "explain"),
        ("Which countries does the Danube flow through?", "list"),
        ("What are the symptoms?", "list"),
        ("List the members.", "list"),
        ("Name the planets of the Solar System", "list"),
        ("Who were the founders?", "list"),
        ("What kinds of coffee are there?", "list"),
        ("In which countries is it legal?", "list"),
        ("Is the warranty transferable?", "yes_no"),
        ("Can’t I return it?", "yes_no"),
        ("does it rain in the Atacama", "yes_no"),
    ],
)
def test_the_kind_of_a_question(question: str, kind: str) -> None:
    assert kind_of(question) == kind


def test_white_space_and_case_do_not_matter() -> None:
    assert kind_of("  WHY\n is it so? ") == "explain"
    assert kind_of("") == "fact"
