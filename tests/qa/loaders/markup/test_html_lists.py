"""Lists of HTML: numbers as shown, terms with their definitions, questions with their answers, footnotes."""

from __future__ import annotations

import pytest

from qa.loaders.load import load
from qa.types import Block

Shown = list[tuple[str, str]]


def read(html: str) -> tuple[str, tuple[Block, ...]]:
    document = load(html.encode(), "a.html")
    return document.text, document.blocks


def shown(html: str) -> Shown:
    """Kind and text of each block; of one that answers, the kind with ``→`` and the text of what it answers."""
    text, blocks = read(html)
    words = [text[block.start : block.end] for block in blocks]
    return [
        (f"{block.kind}→{words[block.answers]}" if block.answers is not None else block.kind, said)
        for block, said in zip(blocks, words, strict=True)
    ]


@pytest.mark.parametrize(
    ("html", "numbers"),
    [
        ("<ol><li>x<li>x</ol>", ["1.", "2."]),
        ("<ol start=3><li>x<li>x</ol>", ["3.", "4."]),
        ("<ol start=0><li>x<li>x</ol>", ["0.", "1."]),
        ("<ol start=-1><li>x<li>x<li>x</ol>", ["-1.", "0.", "1."]),
        ("<ol start=wrong><li>x</ol>", ["1."]),
        ("<ol type=a><li>x<li>x</ol>", ["a.", "b."]),
        ("<ol type=A start=26><li>x<li>x</ol>", ["Z.", "AA."]),
        ("<ol type=a start=0><li>x<li>x</ol>", ["0.", "a."]),
        ("<ol type=i><li>x<li>x<li>x<li>x</ol>", ["i.", "ii.", "iii.", "iv."]),
        ("<ol type=I start=1989><li>x</ol>", ["MCMLXXXIX."]),
        ("<ol type=i start=4000><li>x</ol>", ["4000."]),
        ("<ol><li value=7>x<li>x<li value=2>x</ol>", ["7.", "8.", "2."]),
        ("<ol reversed><li>x<li>x<li>x</ol>", ["3.", "2.", "1."]),
        ("<ol reversed start=10><li>x<li>x</ol>", ["10.", "9."]),
        ("<ol style='list-style-type: lower-alpha'><li>x<li>x</ol>", ["a.", "b."]),
        ("<ol style='LIST-STYLE: upper-roman inside'><li>x</ol>", ["I."]),
        ("<ol style='list-style:none'><li>x</ol>", [""]),
        ("<ul><li>x<li>x</ul>", ["", ""]),
        ("<ol><li>x<ol type=a><li>x<li>x</ol><li>x</ol>", ["1.", "a.", "b.", "2."]),
        ("<ul><li>x<ol><li>x</ol></ul>", ["", "1."]),
        ("<ol><li>1. x<li>2. y</ol>", ["1.", "2."]),
        ("<ol><li><p>x</p><p>more</p><li>x</ol>", ["1.", "", "2."]),
    ],
)
def test_items_have_the_numbers_that_a_browser_shows(html: str, numbers: list[str]) -> None:
    text, blocks = read(html)
    assert [block.number for block in blocks] == numbers
    assert all(text.startswith(block.number, block.start) for block in blocks)
    assert "1. 1." not in text


@pytest.mark.parametrize(
    ("html", "groups"),
    [
        ("<ul><li>a<li>b</ul><ol><li>c</ol>", [1, 1, 2]),
        ("<ul><li>a<ol><li>b</ol><li>c</ul><p>d</p><ul><li>e</ul>", [1, 1, 1, None, 2]),
        ("<table><tr><th>a<th>b<tr><td>1<td>2<tr><td>3<td>4</table><ul><li>e</ul>", [1, 1, 2]),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", [1, 1]),
    ],
)
def test_the_items_of_a_list_and_the_rows_of_a_table_have_a_group(html: str, groups: list[int | None]) -> None:
    assert [block.group for block in read(html)[1]] == groups


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<dl><dt>Term<dd>Meaning</dl>", [("list_item", "Term: Meaning")]),
        ("<dl><dt>A<dd>one<dt>B<dd>two</dl>", [("list_item", "A: one"), ("list_item", "B: two")]),
        ("<dl><dt>A<dt>B<dd>both</dl>", [("list_item", "A, B: both")]),
        ("<dl><dt>A<dd>one<dd>two</dl>", [("list_item", "A: one"), ("list_item", "A: two")]),
        ("<dl><div><dt>A</dt><dd>one</dd></div></dl>", [("list_item", "A: one")]),
        ("<dl><dt>Size:<dd>4 m</dl>", [("list_item", "Size: 4 m")]),
        ("<dl><dt><b>A</b> b<dd><p>one</p><p>two</p></dl>", [("list_item", "A b: one"), ("list_item", "two")]),
        ("<dl><dt>A<dd><ul><li>x<li>y</ul></dl>", [("list_item", "A"), ("list_item", "x"), ("list_item", "y")]),
        ("<dl><dt>A<dd><pre>x = 1</pre></dl>", [("list_item", "A"), ("code", "x = 1")]),
        ("<dl><dt>A<dd>see<pre>x = 1</pre></dl>", [("list_item", "A: see"), ("code", "x = 1")]),
        (
            "<dl><dt>A<dd><table><tr><th>k<th>v<tr><td>1<td>2</table></dl>",
            [("list_item", "A"), ("table_row", "k: 1; v: 2")],
        ),
        ("<dl><dt>A<dd><dl><dt>B<dd>b</dl></dl>", [("list_item", "A"), ("list_item", "B: b")]),
        (
            "<dl><dt>A<dd>a<dl><dt>B<dd>b</dl>more</dl>",
            [("list_item", "A: a"), ("list_item", "B: b"), ("list_item", "more")],
        ),
        ("<dl><dt>A<dd></dd><dt>B<dd>b</dl>", [("list_item", "A"), ("list_item", "B: b")]),
        ("<dl><dt>alone</dl>", [("list_item", "alone")]),
        ("<dl><dt>A<dd>a<dt>alone</dl><p>p", [("list_item", "A: a"), ("list_item", "alone"), ("paragraph", "p")]),
        ("<dl><dd>only</dl>", [("list_item", "only")]),
        ("<dl><dt><h3>A</h3><dd>one</dl>", [("heading", "A"), ("list_item", "one")]),
        ("<p>p<dt>stray<dd>loose", [("paragraph", "p"), ("paragraph", "stray"), ("list_item", "loose")]),
        ("<dl><dt>A<dd>one<br>two</dl>", [("list_item", "A: one\ntwo")]),
        ("<dl></dl><p>p", [("paragraph", "p")]),
        ("<ul><li>x<dl><dt>A<dd>a</dl></ul>", [("list_item", "x"), ("list_item", "A: a")]),
    ],
)
def test_a_term_stays_with_its_definition(html: str, expected: Shown) -> None:
    assert shown(html) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Where is it?",
        "Ist das so? ",
        "¿Dónde está?",
        "在哪里？",
        "有吗",
        "どこですか。",
        "أين هو؟",
        "Πού είναι;",
        "Ո՞ւր է",
        "የት ነው፧",
        "He asked “why?”",
        "(Is it?)",
        "Really?!",
        "<em>Is it free?</em>",
        "Is it <b>free</b> ?",
    ],
)
def test_a_term_that_is_a_question_is_answered_by_its_definition(question: str) -> None:
    for html in (f"<dl><dt>{question}<dd>Yes.</dl>", f"<details><summary>{question}</summary><p>Yes.</p></details>"):
        (asked, answer) = read(html)[1]
        assert (asked.kind, asked.answers) == ("question", None)
        assert (answer.kind, answer.answers) == ("answer", 0)


@pytest.mark.parametrize("term", ["C; D", "静か", "Price (EUR)", "Why not", "?query=1", "a? b"])
def test_a_term_that_is_no_question_is_none(term: str) -> None:
    assert shown(f"<dl><dt>{term}<dd>x</dl>") == [("list_item", f"{term}: x")]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<dl><dt>Is it?<dd>Yes.<dt>Is that?<dd>No.</dl>",
            [("question", "Is it?"), ("answer→Is it?", "Yes."), ("question", "Is that?"), ("answer→Is that?", "No.")],
        ),
        (
            "<dl><dt>Is it?<dd>Yes:<ul><li>a<li>b</ul><pre>c</pre>and<table><tr><th>k<th>v<tr><td>1<td>2</table></dl>",
            [
                ("question", "Is it?"),
                ("answer→Is it?", "Yes:"),
                ("list_item→Is it?", "a"),
                ("list_item→Is it?", "b"),
                ("code→Is it?", "c"),
                ("answer→Is it?", "and"),
                ("table_row→Is it?", "k: 1; v: 2"),
            ],
        ),
        (
            "<dl><dt>Is it?<dd>Yes.<dd>Indeed.<dt>Term<dd>m</dl><p>after",
            [
                ("question", "Is it?"),
                ("answer→Is it?", "Yes."),
                ("answer→Is it?", "Indeed."),
                ("list_item", "Term: m"),
                ("paragraph", "after"),
            ],
        ),
        (
            "<dl class=faq><dt>Returns<dd>Within 14 days.</dl>",
            [("question", "Returns"), ("answer→Returns", "Within 14 days.")],
        ),
        ("<dl id=shop-faqs><dt>Returns<dd>Yes.</dl>", [("question", "Returns"), ("answer→Returns", "Yes.")]),
        ("<dl class=faqir><dt>Returns<dd>Yes.</dl>", [("list_item", "Returns: Yes.")]),
        (
            "<dl><dt><h3>Is it?</h3><dd>Yes.</dl><h3>Other</h3><p>p",
            [("heading", "Is it?"), ("answer→Is it?", "Yes."), ("heading", "Other"), ("paragraph", "p")],
        ),
        ("<h3>Is it?</h3><p>Yes.</p>", [("heading", "Is it?"), ("paragraph", "Yes.")]),
        ("<details><summary>More</summary>text</details>", [("paragraph", "More: text")]),
        (
            "<details><summary>More</summary><p>a<p>b</details>c",
            [("paragraph", "More: a"), ("paragraph", "b"), ("paragraph", "c")],
        ),
        ("<details><summary>More</summary><ul><li>a</ul></details>", [("paragraph", "More"), ("list_item", "a")]),
        ("<details><summary>More</summary></details>", [("paragraph", "More")]),
        ("<details>no summary</details>", [("paragraph", "no summary")]),
        ("<details open><summary><h2>More</h2></summary>text</details>", [("heading", "More"), ("paragraph", "text")]),
        (
            "<details><summary><h2>Is it?</h2></summary>Yes.</details><p>p",
            [("heading", "Is it?"), ("answer→Is it?", "Yes."), ("paragraph", "p")],
        ),
        (
            "<details><summary>Is it?</summary>Yes.<details><summary>Why?</summary>So.</details>Also.</details>",
            [
                ("question", "Is it?"),
                ("answer→Is it?", "Yes."),
                ("question", "Why?"),
                ("answer→Why?", "So."),
                ("answer→Is it?", "Also."),
            ],
        ),
        (
            "<details><summary>Group</summary><details><summary>Is it?</summary>Yes.</details></details>",
            [("paragraph", "Group"), ("question", "Is it?"), ("answer→Is it?", "Yes.")],
        ),
        (
            "<ul><li><details><summary>Is it?</summary>Yes.</details><li>b</ul>",
            [("question", "Is it?"), ("answer→Is it?", "Yes."), ("list_item", "b")],
        ),
        (
            "<details><summary>Is it?</summary><blockquote>So they say.</blockquote><img alt=Map></details>",
            [("question", "Is it?"), ("quote→Is it?", "So they say."), ("caption→Is it?", "Map")],
        ),
        (
            "<details><summary>Is it?</summary><h4>In short</h4><p>Yes.</details>",
            [("question", "Is it?"), ("heading", "In short"), ("answer→Is it?", "Yes.")],
        ),
        (
            "<dl><dt><details><summary>Is it?</summary>Yes.</details><dd>x</dl>",
            [("question", "Is it?"), ("answer→Is it?", "Yes."), ("list_item", "x")],
        ),
    ],
)
def test_answers_know_their_question(html: str, expected: Shown) -> None:
    assert shown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (
            "<h3><button aria-expanded=false aria-controls=a>Is it?</button></h3><div id=a hidden><p>Yes.</div>",
            [("heading", "Is it?"), ("paragraph", "Yes.")],
        ),
        (
            "<h3><span><button aria-controls=a>Is it?</button></span></h3><div id=a style='display:none'>Yes.</div>",
            [("heading", "Is it?"), ("paragraph", "Yes.")],
        ),
        (
            "<button aria-controls=a>Is it?</button><div id=a aria-hidden=true>Yes.</div>",
            [("paragraph", "Is it?"), ("paragraph", "Yes.")],
        ),
        ("<button aria-controls=a>Menu</button><div id=a hidden>Home</div><p>p", [("paragraph", "p")]),
        (
            "<details><summary><button>Is it?</button></summary>Yes.</details>",
            [("question", "Is it?"), ("answer→Is it?", "Yes.")],
        ),
        ("<div hidden=until-found>found</div>", [("paragraph", "found")]),
        ("<div hidden id=a>x</div><p>p", [("paragraph", "p")]),
    ],
)
def test_what_a_reader_unfolds_is_read(html: str, expected: Shown) -> None:
    assert shown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<section class=footnotes><ol><li>one<li>two</ol></section>", [("1. one", "1."), ("2. two", "2.")]),
        ("<div role=doc-endnotes><ol start=3><li><p>three</p><p>more</ol></div>", [("3. three", "3."), ("more", "")]),
        ("<p role=doc-footnote><sup>1</sup> one", [("1 one", "")]),
        ("<aside epub:type=footnote id=n1>one</aside>", [("one", "")]),
        ("<main>x</main><aside epub:type=footnote>one</aside>", [("one", "")]),
        ("<div style='mso-element:footnote' id=ftn1><p>[1] one</div>", [("[1] one", "")]),
    ],
)
def test_footnotes_are_notes(html: str, expected: list[tuple[str, str]]) -> None:
    text, blocks = read(html)
    notes = [(text[block.start : block.end], block.number) for block in blocks if block.kind == "note"]
    assert notes == expected


def word_item(mark: str, text: str, style: str = "mso-list:l0 level1 lfo1") -> str:
    gap = "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span>"
    ignored = f"<![if !supportLists]><span style='mso-list:Ignore'>{mark}{gap}</span><![endif]>"
    return f"<p class=MsoListParagraph style='text-indent:-18pt;{style}'>{ignored}{text}<o:p></o:p></p>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (word_item("1.", "one") + word_item("2.", "two"), [("1. one", "1.", 1, 1), ("2. two", "2.", 1, 1)]),
        (word_item("·", "one"), [("one", "", 1, 1)]),
        (word_item("o", "one", "mso-list:l2 level2 lfo1"), [("one", "", 2, 1)]),
        (word_item("(a)", "one", "mso-list: l2 level3 lfo1"), [("(a) one", "(a)", 3, 1)]),
        (
            word_item("1.", "a") + word_item("1.", "b", "mso-list:l1 level1 lfo2"),
            [("1. a", "1.", 1, 1), ("1. b", "1.", 1, 2)],
        ),
        (word_item("1.", "a") + "<ul><li>b</ul>", [("1. a", "1.", 1, 1), ("b", "", 1, 2)]),
    ],
)
def test_the_lists_of_a_document_that_word_saved_are_lists(
    html: str, expected: list[tuple[str, str, int, int]]
) -> None:
    text, blocks = read(html)
    assert {block.kind for block in blocks} == {"list_item"}
    assert [(text[b.start : b.end], b.number, b.level, b.group) for b in blocks] == expected


def test_a_paragraph_after_a_list_of_word_is_a_paragraph() -> None:
    html = word_item("1.", "one") + "<p style='mso-list:none'>p<p class=MsoNormal>q"
    assert shown(html) == [("list_item", "1. one"), ("paragraph", "p"), ("paragraph", "q")]


@pytest.mark.parametrize(
    ("html", "text", "number"),
    [
        (
            "<h2 style='mso-list:l0 level2 lfo1'><span style='mso-list:Ignore'>6.2 </span>Liability</h2>",
            "6.2 Liability",
            "6.2",
        ),
        ("<ol><li><h2>Liability</h2></ol>", "1. Liability", "1."),
        ("<h2>6.2 Liability</h2>", "6.2 Liability", ""),
    ],
)
def test_a_heading_has_the_number_of_its_list(html: str, text: str, number: str) -> None:
    said, (block,) = read(html)
    assert (block.kind, said, block.number) == ("heading", text, number)
