"""Answers and conversations as Markdown: quotes with their locations, and nothing of a document alive in it."""

from __future__ import annotations

import importlib
from dataclasses import replace

import pytest

from qa.conversation.export import answer_markdown, conversation_markdown, message_markdown
from qa.conversation.history import Message, SavedConversation
from qa.types import Answer, Citation, Document, Hit, HitDetail, Note, Passage, ReadingReport, Source, Statement

SOURCE = Source(1, "/docs/tower.md", "The Tower", "d1")
QUOTE = "The tower is 330 metres tall."


def citation(quote: str = QUOTE, **places: object) -> Citation:
    """The first one, at offset 100."""
    return Citation(1, SOURCE, "d1", 100, 100 + len(quote), quote, **places)  # type: ignore[arg-type]


def answered(cited: Citation) -> Answer:
    """By one quote."""
    return Answer("How tall?", "answered", 0.9, (Statement(cited.quote, (1,)),), (cited,))


def test_an_answer_has_its_exact_words_bold_and_its_quotes_with_places() -> None:
    cited = citation(section="The Tower › Facts", page=3, page_label="v", spans=((113, 123),))
    assert answer_markdown(answered(cited)) == (
        "The tower is **330 metres** tall. [1]\n\n> The tower is 330 metres tall.\n>\n> [1] The Tower, Facts, "
        "page 3 (“v”)\n"
    )


def test_nothing_of_a_document_lives_in_the_file() -> None:
    text = "# ![x](http://e.example/a) <img src=x> *b* `c` [d](e) | ~~f~~ &lt; $g$"
    line = answer_markdown(answered(citation(text, line=7))).splitlines()[0]
    assert line == (
        r"\# !\[x\](http&#58;&#47;&#47;e.example/a) \<img src=x\> \*b\* \`c\` \[d\](e) \| \~\~f\~\~ \&lt; \$g\$ [1]"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("- item", r"\- item"),
        ("12. twelfth", r"12\. twelfth"),
        ("12) twelfth", r"12\) twelfth"),
        ("> quote", r"\> quote"),
        ("2013 was dry - it was.", "2013 was dry - it was."),
        ("See www.evil.example or a@b.c", "See www&#46;evil.example or a&#64;b.c"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_words_stay_words(text: str, written: str) -> None:
    assert answer_markdown(answered(citation(text))).splitlines()[0] == f"{written} [1]"


def test_what_a_language_model_wrote_is_shown_with_what_is_wrong_with_it() -> None:
    """Struck words struck through and said to be so, a sentence without proof marked; none of it alive."""
    cited = citation(line=3)
    statements = (
        Statement("It is 330 metres tall.", (1,), "supported"),
        Statement("Its maker said “so *tall* ” of it, and “done”.", (1,), "struck", ((16, 26), (40, 44))),
        Statement("See [this](http://e.example).", (), "unsupported"),
    )
    assert statements[1].text[16:26] == "so *tall* " and statements[1].text[40:44] == "done"
    answer = Answer("How tall?", "answered", 0.9, statements, (cited,), writer="sm*ll")
    assert answer_markdown(answer) == (
        "It is 330 metres tall. [1]\n\n"
        r"Its maker said “~~so \*tall\*~~ (not in your documents)” of it, and “~~done~~ (not in your documents)”. [1]"
        "\n\n"
        r"See \[this\](http&#58;&#47;&#47;e.example). *(no proof found)*"
        "\n\n"
        r"*Written by sm\*ll. What the documents say is quoted below.*"
        "\n\n> The tower is 330 metres tall.\n>\n> [1] The Tower, line 3\n"
    )


def test_quotes_after_a_language_model_that_failed_say_so() -> None:
    """The quotes are not its words."""
    failed = replace(answered(citation()), writer="small", notes=(Note("writer_failed", "It broke off."),))
    assert "\n\n*It broke off. Showing quotes from your documents instead.*\n\n> The tower" in answer_markdown(failed)
    assert "Written by" not in answer_markdown(failed)


def test_not_found_has_the_nearest_passages() -> None:
    document = Document("d1", "", (), ReadingReport(""))
    passage = Passage(1, "d1", 0, 5, "Close\nby.", "The Tower › Facts")
    hit = Hit(SOURCE, document, passage, 0.5, HitDetail(1, 1, 0.5, 1.0, 1.0))
    answer = Answer("How wide?", "not_found", 0.1, hits=(hit,))
    assert answer_markdown(answer) == (
        "Not found in the documents.\n\nThe nearest passages:\n\n> Close\n> by.\n>\n> The Tower, Facts\n"
    )


def test_a_conversation_has_each_question_over_its_answer() -> None:
    saved = answered(citation(line=3)).to_dict()
    messages = [
        Message(1, "How tall?", "How tall?", saved),
        Message(2, "And *wide*?", "How wide is the tower?", None, "Not now."),
    ]
    assert conversation_markdown(SavedConversation(1, "Towers & more", "", ""), messages) == (
        "# Towers \\& more\n\n## How tall?\n\nThe tower is 330 metres tall. [1]\n\n"
        "> The tower is 330 metres tall.\n>\n> [1] The Tower, line 3\n\n"
        "## And \\*wide\\*?\n\n*Searched for: How wide is the tower?*\n\nNot now.\n"
    )
    assert (
        message_markdown(Message(3, "Stopped?", "Stopped?"))
        == "This question was stopped before there was an answer.\n"
    )


def test_the_old_name_of_the_module_works_and_warns() -> None:
    with pytest.deprecated_call(match=r"qa\.conversation\.export"):
        module = importlib.import_module("qa.markdown")
    assert module.conversation_markdown is conversation_markdown
