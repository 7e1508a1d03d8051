"""Questions and their answers in Markdown and in plain text are blocks that know each other."""

from __future__ import annotations

import pytest

from qa.loaders.load import load

Blocks = list[tuple[str, str, int | None]]


def read(text: str, name: str = "a.md") -> Blocks:
    """Kind, words and the index of the question answered, of every block."""
    document = load(text.encode(), name)
    return [(b.kind, document.text[b.start : b.end], b.answers) for b in document.blocks]


def asked(question: str, *answers: tuple[str, str]) -> Blocks:
    return [("question", question, None), *((kind, words, 0) for kind, words in answers)]


MARKDOWN: dict[str, tuple[str, Blocks]] = {
    "bold line": ("**May I?**\n\nYes.", asked("May I?", ("answer", "Yes."))),
    "underscores": ("__May I?__\n\nYes.", asked("May I?", ("answer", "Yes."))),
    "bold line, no blank line": ("**May I?**\nYes.", asked("May I?", ("answer", "Yes."))),
    "bold words, then the answer": ("**May I?** Yes.", asked("May I?", ("answer", "Yes."))),
    "two paragraphs": ("**May I?**\n\nYes.\n\nOr no.", asked("May I?", ("answer", "Yes."), ("answer", "Or no."))),
    "a list in the answer": (
        "**What?**\n\nThis:\n\n- one\n- two",
        asked("What?", ("answer", "This:"), ("list_item", "one"), ("list_item", "two")),
    ),
    "code in the answer": ("**How?**\n\n```\nrun\n```", asked("How?", ("code", "run"))),
    "a table in the answer": (
        "**How much?**\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        asked("How much?", ("table_row", "a: 1; b: 2")),
    ),
    "a numbered bold question": ("1. **May I?**\n\n   Yes.", asked("1. May I?", ("list_item", "Yes."))),
    "a bold question in an item": ("- **May I?** Yes.", asked("May I?", ("answer", "Yes."))),
    "a number in the bold words": ("**1. May I?**\n\nYes.", asked("1. May I?", ("answer", "Yes."))),
    "the question mark of Arabic": ("**هل يمكنني؟**\n\nنعم.", asked("هل يمكنني؟", ("answer", "نعم."))),
    "the question mark of Chinese": ("**可以吗？**\n\n可以。", asked("可以吗？", ("answer", "可以。"))),
    "Q and A in paragraphs": ("Q: May I?\n\nA: Yes.", asked("Q: May I?", ("answer", "A: Yes."))),
    "Q and A in one paragraph": ("Q: May I?\nA: Yes.", asked("Q: May I?", ("answer", "A: Yes."))),
    "bold labels": ("**Q:** May I?\n\n**A:** Yes.", asked("Q: May I?", ("answer", "A: Yes."))),
    "numbered labels": ("Q1. May I?\n\nA1. Yes.", asked("Q1. May I?", ("answer", "A1. Yes."))),
    "words": ("Question: May I\n\nAnswer: Yes.", asked("Question: May I", ("answer", "Answer: Yes."))),
    "numbered words": ("Question 1: May I?\n\nAnswer: Yes.", asked("Question 1: May I?", ("answer", "Answer: Yes."))),
    "German": ("F: Darf ich?\nA: Ja.", asked("F: Darf ich?", ("answer", "A: Ja."))),
    "German words": ("Frage: Darf ich?\n\nAntwort: Ja.", asked("Frage: Darf ich?", ("answer", "Antwort: Ja."))),
    "French": ("Question : Puis-je ?\n\nRéponse : Oui.", asked("Question : Puis-je ?", ("answer", "Réponse : Oui."))),
    "Spanish": ("P: ¿Puedo?\nR: Sí.", asked("P: ¿Puedo?", ("answer", "R: Sí."))),
    "Italian": ("D: Posso?\nR: Sì.", asked("D: Posso?", ("answer", "R: Sì."))),
    "Dutch": ("Vraag: Mag ik?\n\nAntwoord: Ja.", asked("Vraag: Mag ik?", ("answer", "Antwoord: Ja."))),
    "Russian": ("Вопрос: Можно?\n\nОтвет: Да.", asked("Вопрос: Можно?", ("answer", "Ответ: Да."))),
    "Chinese": ("问：可以吗？答：可以。", asked("问：可以吗？", ("answer", "答：可以。"))),
    "an answer in two paragraphs": (
        "Q: May I?\n\nA: Yes.\n\nOr no.",
        asked("Q: May I?", ("answer", "A: Yes."), ("answer", "Or no.")),
    ),
    "a definition list": ("May I?\n: Yes.\n: Or no.", asked("May I?", ("answer", "Yes."), ("answer", "Or no."))),
    "a list item with a paragraph": ("1. May I?\n\n   Yes.", asked("1. May I?", ("list_item", "Yes."))),
    "a list item with items": ("- What?\n  - one\n  - two", asked("What?", ("list_item", "one"), ("list_item", "two"))),
    "a line across the page": (
        "**May I?**\n\nYes.\n\n---\n\n**Contact** Ann.",
        [*asked("May I?", ("answer", "Yes.")), ("paragraph", "Contact Ann.", None)],
    ),
    "a question of another form": (
        "Q: May I?\n\nA: Yes.\n\nWho pays?\n\nAnn.",
        [
            *asked("Q: May I?", ("answer", "A: Yes.")),
            ("paragraph", "Who pays?", None),
            ("paragraph", "Ann.", None),
        ],
    ),
    "a list cut by its answers": ("1. May I?\n\nYes.", asked("1. May I?", ("answer", "Yes."))),
    "questions only": ("1. Who?\n2. When?", [("question", "1. Who?", None), ("question", "2. When?", None)]),
    "choices are no answers": (
        "1. Who?\n\n   a\\) Ann\n2. When?",
        [("question", "1. Who?", None), ("list_item", "a) Ann", 0), ("question", "2. When?", None)],
    ),
}


@pytest.mark.parametrize(("text", "expected"), MARKDOWN.values(), ids=MARKDOWN)
def test_questions_in_markdown_know_their_answers(text: str, expected: Blocks) -> None:
    assert read(text) == expected


def test_an_answer_ends_at_the_next_question_at_a_heading_and_at_bold_words() -> None:
    text = "**One?**\n\nYes.\n\n**Two?**\n\nNo.\n\n**Contact**\n\nBy post.\n\n**Three?**\n\nNo.\n\n# More\n\nWords."
    assert [(kind, answers) for kind, _, answers in read(text)] == [
        ("question", None),
        ("answer", 0),
        ("question", None),
        ("answer", 2),
        ("paragraph", None),
        ("paragraph", None),
        ("question", None),
        ("answer", 6),
        ("heading", None),
        ("paragraph", None),
    ]


def test_a_question_keeps_its_number_its_list_and_its_level() -> None:
    question = load(b"3. Who?\n4. When?", "a.md").blocks[0]
    assert (question.number, question.group, question.level) == ("3.", 1, 1)


PLAIN: dict[str, tuple[str, Blocks]] = {
    "labels": ("Q: May I?\nA: Yes.\n\nQ: Must I?\nA: No.", [*asked("Q: May I?", ("answer", "A: Yes.")), *(
        ("question", "Q: Must I?", None), ("answer", "A: No.", 2))]),
    "labels and lines": (
        "Q: May I\ngo?\nA: Yes,\nyou may.",
        asked("Q: May I\ngo?", ("answer", "A: Yes,\nyou may.")),
    ),
    "a question on a line of its own": (
        "May I go?\n\nYes.\n\nMust I go?\n\nNo.",
        [*asked("May I go?", ("answer", "Yes.")), ("question", "Must I go?", None), ("answer", "No.", 2)],
    ),
    "a question on the first line": (
        "May I go?\nYes.\n\nMust I go?\nNo.",
        [*asked("May I go?", ("answer", "Yes.")), ("question", "Must I go?", None), ("answer", "No.", 2)],
    ),
    "questions only": (
        "1. Who is it?\n2. When is it?\n\n3. Where is it?",
        [("question", f"{at}. {word} is it?", None) for at, word in enumerate(("Who", "When", "Where"), 1)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), PLAIN.values(), ids=PLAIN)
def test_questions_in_plain_text_know_their_answers(text: str, expected: Blocks) -> None:
    assert read(text, "a.txt") == expected


NO_QUESTIONS = {
    "a heading": ("a.md", "# May I?\n\nYes."),
    "bold words": ("a.md", "**Note** this.\n\nYes."),
    "a question in prose": ("a.md", "May I go? Yes.\n\nWords."),
    "a bold question within a sentence": ("a.md", "He asked **may I?** twice.\n\nWords."),
    "a label alone": ("a.md", "Q: May I?\n\nWords."),
    "an answer alone": ("a.md", "A: Words.\n\nMore."),
    "a word that is explained": ("a.md", "- step: How many steps are there?"),
    "a longer item": ("a.md", "- Is it on? Then wait.\n- Else call."),
    "one question in a text": ("a.txt", "One.\n\nWhy?\n\nTwo."),
    "talk in a novel": ("a.txt", "“Who is it?”\n\n“It is I.”\n\n“Why?”\n\nHe went."),
    "few questions in much text": ("a.txt", "Why not?\n\nWho knows?\n\n" + "Words.\n\n" * 20),
}


@pytest.mark.parametrize(("name", "text"), NO_QUESTIONS.values(), ids=NO_QUESTIONS)
def test_what_is_no_list_of_questions_stays_as_it_is(name: str, text: str) -> None:
    assert not any(kind in ("question", "answer") or answers is not None for kind, _, answers in read(text, name))
