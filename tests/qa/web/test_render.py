"""Answers as Markdown: what stands in documents shows as written and does nothing."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qa.types import (
    Answer,
    Block,
    Cell,
    Citation,
    Document,
    Hit,
    HitDetail,
    Note,
    Passage,
    ReadingReport,
    Source,
    Statement,
)
from qa.web.escape import escape, quote_href
from qa.web.render import Renderer, confidence_words, location_words, render_notice
from qa.web.table_cells import rows_in

HOSTILE = [
    "<script>document.title = 'ran'</script>",
    "<img src=x onerror=\"document.title='ran'\">",
    "![](http://evil.example/x.png) ![](//evil.example/x.png)",
    "<img src='http://evil.example/x.png' srcset='http://evil.example/y.png 2x'>",
    "<video src='http://evil.example/v.mp4' autoplay></video>",
    "<input type=image src='http://evil.example/i.png'>",
    "<div style='position:fixed;inset:0;background:url(http://evil.example/b.png)'>over all</div>",
    "<table background='http://evil.example/t.png'><tr><td>x</table>",
    "<svg><image href='http://evil.example/s.png'/></svg>",
    "```mermaid\ngraph TD; A[<img src='http://evil.example/m.png'>]\n```",
    "[press](javascript:alert(1)) [1](#c-00000000-0-9)",
    "http://evil.example www.evil.example me@evil.example",
    "${document.title='ran'} {{7*7}} `x` $$\\href{javascript:alert(1)}{x}$$",
    "a\n\n<b>bold</b>\n\n# heading\n\n| a | b |\n|---|---|\n| c | d |",
    "</span></a></div><a href='http://evil.example'>out</a>",
    '" onmouseover="document.title=1',
    "C:\\new\\table &lt;img&gt; &#60;b&#62;",
    "<b>Name</b>: <img src='http://evil.example/r.png'>; ![](http://evil.example/h.png): ${1}; x: `y`",
]
SOURCE = Source(1, "/docs/tower.md", "The Tower", "ab" * 16)
OURS = re.compile(r'</?(?:p|div|span|a|strong)(?: (?:class|title|href|role|tabindex)="[^"<>]*")*>')


def make_citation(quote: str, number: int = 1) -> Citation:
    return Citation(number, SOURCE, "ab" * 16, 10, 10 + len(quote), quote, section="The Tower › Height", line=12)


def make_answer(text: str, short: str | None = None) -> Answer:
    citation = make_citation(text)
    return Answer("How tall?", "answered", 0.9, (Statement(text, (1,)),), (citation,), short=short)


def make_hit(text: str) -> Hit:
    document = Document("ab" * 16, text, (Block("paragraph", 0, len(text)),), ReadingReport("test/1"))
    passage = Passage(1, document.id, 0, len(text), text, "The Tower › Height")
    return Hit(SOURCE, document, passage, 0.4, HitDetail(None, 1, None, 1.0, 1.0))


@given(st.text())
@example("one\r\n two\u00a0 three\x85four \x1c five\u2028six")
@example("a\x00b \ud83d \x7f")
def test_escaped_text_reads_back_as_written(text: str) -> None:
    """No character is lost; only white space is put together."""
    assert html.unescape(escape(text)) == " ".join(text.split())


@given(st.text(alphabet="<>&\"'\\`*_{}[]()#+-.!|~$:=^@%/ a\n"))
def test_escaped_text_has_no_active_sign(text: str) -> None:
    """What is left beside character references is letters and spaces."""
    assert re.fullmatch(r"(?:&#\d+;|[a ])*", escape(text))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_leaves_only_our_own_tags(text: str) -> None:
    """In statements, quotes, nearest passages, notes and titles alike."""
    answer = replace(make_answer(text), notes=(Note("x", text),))
    missing = Answer(text, "not_found", 0.1, hits=(make_hit(text),))
    named = replace(SOURCE, title=text)
    titled = replace(make_answer("fine"), citations=(replace(make_citation("fine"), source=named, section=text),))
    for shown in (
        Renderer().answer(answer),
        Renderer().answer(missing),
        Renderer().answer(titled),
        render_notice(text),
    ):
        rest = re.sub(r'\[\\\[1\\\]\]\(#c-[0-9a-f]{32}-\d+-\d+-1-[A-Za-z0-9%.-]* "[^"]*"\)', "", OURS.sub("", shown))
        assert not re.search(r"[<>`*_{}\[\]()\\$|!~\"']", rest), rest


def test_marker_is_a_link_to_the_place() -> None:
    """The link names document and range and says the place on hover."""
    shown = Renderer().answer(make_answer("It is tall."))
    assert f"[\\[1\\]](#c-{'ab' * 16}-10-21-1-It%20is%20tall. " in shown
    assert quote_href("ab" * 16, 10, 21) == f"#c-{'ab' * 16}-10-21"


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("It\nis  tall.", "It%20is%20tall."),
        ("one two three four five six seven eight nine", "one%20two%20three%20four%20five%20six%20seven%20eight"),
        (f"short {'x' * 70}", "short"),
        ("y" * 70, "y" * 60),
        ("a-b_c~(d) 😀", "a-b%5Fc%7E%28d%29%20%F0%9F%98%80"),
    ],
)
def test_a_link_carries_the_source_and_the_first_words(quote: str, words: str) -> None:
    """Eight words or 60 characters, whole words where there are any, with no sign that Markdown could read."""
    assert quote_href("ab" * 16, 3, 9, 7, quote) == f"#c-{'ab' * 16}-3-9-7-{words}"
    assert quote_href("ab" * 16, 3, 9, 7, quote, library_id="0123abcd") == f"#c-{'ab' * 16}-3-9-7.0123abcd-{words}"


def test_each_quote_is_shown_with_its_place() -> None:
    """Title, section and line, once each."""
    assert location_words(make_citation("x")) == "The Tower · Height, line 12"
    assert html.unescape(Renderer().answer(make_answer("It is tall."))).count("The Tower · Height, line 12") == 2


@pytest.mark.parametrize(
    ("page", "page_end", "label", "words"),
    [(3, 3, None, "page 3"), (3, 4, None, "pages 3–4"), (3, 3, "iv", "page 3 (“iv”)"), (None, None, None, "line 12")],
)
def test_a_location_names_the_page(page: int | None, page_end: int | None, label: str | None, words: str) -> None:
    citation = replace(make_citation("x"), page=page, page_end=page_end, page_label=label)
    assert location_words(citation).endswith(words)


def test_the_exact_words_are_bold_and_spaced() -> None:
    answer = make_answer("It is 330 metres tall.", short="330 metres")
    (citation,) = answer.citations
    spans = ((citation.start + 6, citation.start + 16), (citation.start + 10, citation.start + 21))
    shown = Renderer().answer(replace(answer, citations=(replace(citation, spans=spans),)))
    assert "It is <strong>330 metres</strong> tall" in shown and shown.count("<strong>") == 1


def test_how_often_such_answers_are_wrong_stands_beside_the_confidence() -> None:
    assert "about 1 answer in 9 was wrong" in Renderer().answer(
        make_answer("x"), "On your own questions about 1 answer in 9 was wrong"
    )


def test_not_found_says_so_and_shows_the_nearest_as_such() -> None:
    shown = Renderer().answer(Answer("q", "not_found", 0.1, hits=(make_hit("A near thing"),)))
    assert "Not found in your documents." in shown
    assert "closest passages" in shown
    assert "A near thing" in shown
    assert "\\[1\\]" not in shown


def test_only_a_question_to_chosen_documents_offers_to_ask_all() -> None:
    missing = Answer("q", "not_found", 0.1, hits=(make_hit("A near thing"),))
    assert "#widen" not in Renderer().answer(missing)
    for answer in (missing, replace(missing, hits=())):
        shown = Renderer().answer(answer, limited=True)
        assert "Not found in the documents chosen." in shown and '<a href="#widen">' in shown
    assert "#widen" not in Renderer().answer(make_answer("It is tall."), limited=True)


def words_of(shown: str) -> str:
    """What a reader sees and copies."""
    return html.unescape(re.sub("<[^>]*>", "", shown))


def test_a_near_passage_does_not_repeat_the_heading_above_it() -> None:
    shown = Renderer().answer(Answer("q", "not_found", 0.1, hits=(make_hit("Height\nIt is tall"),)))
    assert words_of(shown).endswith("The Tower · HeightIt is tall")


CELLS = [("Mission", "Apollo 15"), ("Samples (kg)", "77.3"), ("Remarks", "First rover; three moonwalks")]
ROW = "Mission: Apollo 15; Samples (kg): 77.3; Remarks: First rover; three moonwalks"


def row_of(cells: list[tuple[str, str]], before: str = "") -> tuple[str, Document]:
    """A table row as loaders write it, and a document with it after these words."""
    text, found = before, list[Cell]()
    for header, words in cells:
        text += f"{'; ' if found else ''}{header}: "
        found.append(Cell(len(text), len(text) + len(words), header))
        text += words
    row = Block("table_row", len(before), len(text), cells=tuple(found))
    return text[len(before) :], Document("ab" * 16, text, (row,), ReadingReport("test/1"))


def test_a_quoted_table_row_is_shown_cell_by_cell_in_its_own_words() -> None:
    """One cell below the other in the card; the semicolon that belongs to a cell stays in it."""
    text, document = row_of(CELLS, "Ten words.")
    assert text == ROW
    start = 10 + ROW.index("(kg)")
    citation = replace(make_citation(ROW), spans=((start, start + len("(kg): 77.3")),))
    shown = Renderer(find_document={document.id: document}.get).answer(replace(make_answer(ROW), citations=(citation,)))
    statement, card, _ = shown.split("\n\n")
    assert words_of(card).endswith(ROW) and words_of(statement).startswith(ROW)
    heads = [html.unescape(head) for head in re.findall(r'<span class="vb-head">([^<]*)<', card)]
    assert heads == ["Mission: ", "Samples (kg): ", "Remarks: "]
    for shown in (card, statement):
        assert '<span class="vb-value"><strong>77&#46;3</strong></span>' in shown
        assert shown.count("<strong>") == 1, "words of a header are bold only where they are the whole answer"


@given(st.lists(st.sampled_from(["", "Name", "a;b", "x: y", "1; 2: 3"]), min_size=2, max_size=5), st.integers(0, 9))
def test_cells_are_the_whole_row(words: list[str], cut: int) -> None:
    """Whatever characters are in them, and wherever a quote begins or ends."""
    text, document = row_of([(f"Column {number}", word) for number, word in enumerate(words)])
    for row in rows_in(document, 0, len(text) - min(cut, len(text))):
        parts = [text[c.header : c.words] + text[c.words : c.separator] + text[c.separator : c.end] for c in row.cells]
        assert "".join(parts) == text[row.start : row.cells[-1].end]


def test_a_row_of_a_document_that_is_gone_is_shown_as_plain_text() -> None:
    shown = Renderer().answer(make_answer(ROW))
    assert "vb-cell" not in shown and ROW in html.unescape(re.sub("<[^>]*>", "", shown))


def test_prose_is_not_shown_as_a_table_row() -> None:
    document = Document("ab" * 16, ROW, (Block("paragraph", 0, len(ROW)),), ReadingReport("test/1"))
    assert rows_in(document, 0, len(ROW)) == []


def test_quotes_keep_their_lines_without_ending_the_block() -> None:
    """A blank line would end the HTML block and let Markdown start again."""
    card = Renderer().answer(make_answer("a: 1\n\nb: 2")).split("\n\n")[1]
    assert "&#10;" in card
    assert "\n" not in card


@pytest.mark.parametrize(("confidence", "word"), [(0.95, "High"), (0.7, "Good"), (0.5, "Some"), (0.1, "Low")])
def test_confidence_is_said_in_words(confidence: float, word: str) -> None:
    assert confidence_words(confidence).startswith(word)


def test_a_passage_that_begins_with_blank_lines_is_shown() -> None:
    """More of them than a card has room for, below a heading."""
    shown = Renderer().answer(Answer("q", "not_found", 0.1, hits=(make_hit("Height" + "\n" * 700 + "It is tall"),)))
    assert shown.count("vb-quote") >= 1 and "…" in shown
