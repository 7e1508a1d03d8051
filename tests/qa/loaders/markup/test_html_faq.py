"""Questions and answers of schema.org: JSON-LD and microdata."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qa.loaders.load import load
from tests.qa.loaders.markup.test_html_lists import Shown, shown

Q, A = "Is it free?", "Yes, for a year."
ASKED: Shown = [("question", Q), (f"answer→{Q}", A)]


def question(name: str, *answers: Any, key: str = "acceptedAnswer") -> dict[str, Any]:
    given = [{"@type": "Answer", "text": answer} for answer in answers]
    return {"@type": "Question", "name": name, key: given[0] if len(given) == 1 else given}


def json_ld(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return f'<script type="application/ld+json">{text}</script>'


def faq(*questions: dict[str, Any]) -> str:
    return json_ld({"@context": "https://schema.org", "@type": "FAQPage", "mainEntity": list(questions)})


ONE = question(Q, A)


@pytest.mark.parametrize(
    "script",
    [
        faq(ONE),
        json_ld({"@type": "FAQPage", "mainEntity": ONE}),
        json_ld({"@type": ["WebPage", "FAQPage"], "mainEntity": [ONE]}),
        json_ld({"@graph": [{"@type": "WebSite", "name": "Shop"}, {"@type": "FAQPage", "mainEntity": [ONE]}]}),
        json_ld([{"@type": "FAQPage", "mainEntity": [ONE]}]),
        json_ld({"@type": "QAPage", "mainEntity": question(Q, A, key="suggestedAnswer")}),
        json_ld({**ONE, "@type": ["Question"]}),
        json_ld({**ONE, "acceptedAnswer": [{"text": A}]}),
        json_ld({**ONE, "acceptedAnswer": A}),
        json_ld({"@type": "Product", "name": "Pump", "subjectOf": {"@type": "FAQPage", "mainEntity": [ONE]}}),
        json_ld({**ONE, "name": "<b>Is it</b> free?", "acceptedAnswer": {"text": "<p>Yes, for <b>a year</b>.</p>"}}),
        json_ld("{broken") + faq(ONE),
        json_ld("[" * 100_000) + faq(ONE),
        json_ld("") + faq(ONE),
        faq(ONE, question("", A), question("No answer?"), {"@type": "Question", "name": 3, "acceptedAnswer": [4]}),
    ],
)
def test_questions_that_the_page_does_not_show_are_added(script: str) -> None:
    assert shown(f"{script}<h1>Shop</h1>") == [("heading", "Shop"), *ASKED]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f"<p>{Q}</p><p>{A}</p>", ASKED),
        (
            "<p><b>IS IT  FREE ?</b></p><div>Yes — for a <i>year</i></div>",
            [("question", "IS IT FREE ?"), ("answer→IS IT FREE ?", "Yes — for a year")],
        ),
        (f"<h2>{Q}</h2><p>{A}</p>", [("heading", Q), (f"answer→{Q}", A)]),
        (f"<dl><dt>{Q}<dd>{A}</dl>", ASKED),
        (f"<button>{Q}</button><div><p>{A}</div><p>after", [*ASKED, ("paragraph", "after")]),
        (
            f"<p>before</p><p>{Q}</p><p>Yes,</p><p>for a year.</p><p>after",
            [
                ("paragraph", "before"),
                ("question", Q),
                (f"answer→{Q}", "Yes,"),
                (f"answer→{Q}", "for a year."),
                ("paragraph", "after"),
            ],
        ),
        (
            f"<p>{Q}</p><ul><li>Yes,<li>for a year.</ul>",
            [("question", Q), (f"list_item→{Q}", "Yes,"), (f"list_item→{Q}", "for a year.")],
        ),
        (f"<p>{Q}</p><div hidden>{A}</div>", ASKED),
        (f"<p>{Q}</p><p>after", [("question", Q), ("paragraph", "after"), (f"answer→{Q}", A)]),
        (f"<p>{A}</p>", [("paragraph", A), *ASKED]),
    ],
)
def test_questions_that_the_page_shows_are_marked_where_they_stand(page: str, expected: Shown) -> None:
    assert shown(faq(ONE) + page) == expected


def test_each_of_several_questions_has_its_own_answer() -> None:
    two = question("Is it new?", "No.", "It is used.")
    assert shown(f"{faq(ONE, two)}<p>{Q}</p><p>{A}</p>") == [
        *ASKED,
        ("question", "Is it new?"),
        ("answer→Is it new?", "No."),
        ("answer→Is it new?", "It is used."),
    ]


def test_the_lists_and_tables_of_an_answer_are_kept() -> None:
    html = "<p>Yes:</p><ul><li>a</ul><table><tr><th>k<th>v<tr><td>1<td>2</table>"
    assert shown(faq(question(Q, html)))[1:] == [
        (f"answer→{Q}", "Yes:"),
        (f"list_item→{Q}", "a"),
        (f"table_row→{Q}", "k: 1; v: 2"),
    ]


def item(content: str, kind: str = "div") -> str:
    return f'<{kind} itemscope itemprop=mainEntity itemtype="https://schema.org/Question">{content}</{kind}>'


ANSWER = f'<div itemprop=acceptedAnswer itemtype="https://schema.org/Answer"><div itemprop=text>{A}</div></div>'


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (item(f"<p itemprop=name>{Q}</p>{ANSWER}"), ASKED),
        (item(f"<p><span itemprop=name>{Q}</span></p>{ANSWER}"), ASKED),
        (item(f"<p><b itemprop=name>Is it</b> free?</p>{ANSWER}"), ASKED),
        (item(f"<p itemprop=name>Returns</p>{ANSWER}"), [("question", "Returns"), ("answer→Returns", A)]),
        (item(f"<h3 itemprop=name>{Q}</h3>{ANSWER}"), [("heading", Q), (f"answer→{Q}", A)]),
        (item(f"<div itemprop=name><h3>{Q}</h3></div>{ANSWER}"), [("heading", Q), (f"answer→{Q}", A)]),
        (item(f"<h3><button itemprop=name>{Q}</button></h3>{ANSWER}"), [("heading", Q), (f"answer→{Q}", A)]),
        (item(f"<summary itemprop=name>{Q}</summary>{ANSWER}", "details"), ASKED),
        (item(f"<summary><span itemprop=name>{Q}</span></summary>{ANSWER}", "details"), ASKED),
        (item(f"<p itemprop=name>{Q}</p>{ANSWER.replace('<div', '<div hidden', 1)}"), ASKED),
        (item(f"<p itemprop=name>{Q}</p>{ANSWER.replace('<div', '<div style=display:none', 1)}"), ASKED),
        (
            item(f"<p itemprop=name>{Q}</p><p>Asked by Bo</p>{ANSWER}<p>4 votes</p>"),
            [
                ("question", Q),
                ("paragraph", "Asked by Bo"),
                (f"answer→{Q}", A),
                ("paragraph", "4 votes"),
            ],
        ),
        (
            item(f"<p itemprop=name>{Q}</p>{ANSWER}<div itemprop=suggestedAnswer>No.</div>"),
            [*ASKED, (f"answer→{Q}", "No.")],
        ),
        (
            item(f"<p itemprop=name>{Q}</p>{ANSWER}") + item(f"<p itemprop=name>New?</p>{ANSWER}"),
            [
                *ASKED,
                ("question", "New?"),
                ("answer→New?", A),
            ],
        ),
        (
            item(f"<p itemprop=name>{Q}</p><ul itemprop=acceptedAnswer><li>a<li>b</ul>"),
            [
                ("question", Q),
                (f"list_item→{Q}", "a"),
                (f"list_item→{Q}", "b"),
            ],
        ),
        (
            item(f"<p itemprop=name>{Q}</p><div itemprop=acceptedAnswer><pre>x</pre><p itemprop=name>y</div>"),
            [
                ("question", Q),
                (f"code→{Q}", "x"),
                (f"answer→{Q}", "y"),
            ],
        ),
        (item(f"<meta itemprop=name content=x><p itemprop=name>{Q}</p>{ANSWER}"), ASKED),
        (item(f"<span itemprop=name></span><p>p</p>{ANSWER}"), [("paragraph", "p"), ("paragraph", A)]),
        (
            item(f"<p itemprop=name>{Q}</p>{ANSWER}").replace("itemtype", "typeof").replace("itemprop", "property"),
            ASKED,
        ),
        (item(f"<p itemprop=name>{Q}</p>{ANSWER}", "li"), ASKED),
        (
            f'<dl itemtype="https://schema.org/FAQPage"><dt>Returns<dd>{A}</dl>',
            [("question", "Returns"), ("answer→Returns", A)],
        ),
        (
            f'<div itemtype="https://schema.org/QuestionList"><p itemprop=name>x</p>{ANSWER}</div>',
            [("paragraph", "x"), ("paragraph", A)],
        ),
        (faq(ONE) + item(f"<p itemprop=name>{Q}</p>{ANSWER}"), ASKED),
    ],
)
def test_microdata_marks_questions_and_answers(page: str, expected: Shown) -> None:
    assert shown(page) == expected


def test_a_page_of_questions_names_what_they_answer_by_index() -> None:
    page = faq(question("New?", "No."), ONE) + f"<h1>Help</h1><p>{Q}</p><p>{A}</p>"
    blocks = load(page.encode(), "a.html").blocks
    assert [(block.kind, block.answers) for block in blocks] == [
        ("heading", None),
        ("question", None),
        ("answer", 1),
        ("question", None),
        ("answer", 3),
    ]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (f"<p><b>{Q}</b></p><p>{A}</p>", ASKED),
        (f"<p><strong>{Q}</strong><br>{A}</p>", ASKED),
        (f"<p><b>Is it</b> <strong>free?</strong> {A}</p>", ASKED),
        (f"<p>Q: {Q}</p><p>A: {A}</p>", [("question", f"Q: {Q}"), (f"answer→Q: {Q}", f"A: {A}")]),
        (f"<ol><li><b>{Q}</b><br>{A}</ol>", [("question", f"1. {Q}"), (f"answer→1. {Q}", A)]),
        (f"<p><b>{Q}</b></p><p>{A}</p><p><b>Note</b></p><p>x</p>", [*ASKED, ("paragraph", "Note"), ("paragraph", "x")]),
        (f"<p><b>{Q}</b></p><p>{A}</p><h2>Next</h2><p>x", [*ASKED, ("heading", "Next"), ("paragraph", "x")]),
        (f"<p>It is <b>free?</b> {A}</p>", [("paragraph", f"It is free? {A}")]),
        (f"<h3>{Q}</h3><p>{A}</p>", [("heading", Q), ("paragraph", A)]),
        (f"<p><b>New?</b> No.</p><dl><dt>{Q}<dd>{A}</dl>", [("question", "New?"), ("answer→New?", "No."), *ASKED]),
        (f"<dl><dt>{Q}<dd>{A}</dl><p><b>New?</b> No.</p>", [*ASKED, ("question", "New?"), ("answer→New?", "No.")]),
        (f"<details><summary>More</summary><b>{Q}</b></details>", [("question", f"More: {Q}")]),
    ],
)
def test_bold_and_labelled_questions_know_their_answers(page: str, expected: Shown) -> None:
    assert shown(page) == expected
