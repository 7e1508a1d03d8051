"""Web pages: the article is searched, what is around it stays in the text but is not."""

from __future__ import annotations

import pytest

from benchmarks.saved_pages import figures
from qa.loaders.load import load

PARAGRAPHS = [
    "The river rose by two metres in the night of the third of March, faster than anyone in the town remembered.",
    "By six in the morning the lower market was under water, and the baker’s family had moved to the upper floor.",
    "Volunteers filled four thousand bags of sand; the fire brigade brought pumps from three neighbouring towns.",
    "The bridge was closed at noon, and the school told the parents of its two hundred pupils to keep them at home.",
    "On Friday the water began to fall. The mayor put the damage at about one and a half million euro.",
    "The museum’s cellar stayed dry: its doors, which had been replaced in the year before, held without a leak.",
]
ARTICLE = "<div id=text>" + "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS) + "</div>"
MENU = "<ul>" + "".join(f"<li><a href=/{word}>{word}</a>" for word in ("News", "Sport", "Weather", "Culture")) + "</ul>"
TEASERS = "".join(
    f"<div><h3><a href=/{n}>Another story of the region, number {n}</a></h3><a href=/{n}>Read more of it</a></div>"
    for n in range(4)
)
CHINESE = (
    "<div>"
    + "".join(f"<p>{'河水在三月三日夜里上涨了两米，比镇上任何人记得的都快。' * 2}</p>" for _ in range(4))
    + "</div>"
)
BROKEN_LINES = "<div>" + "<br><br>".join(PARAGRAPHS) + "</div>"
IN_TABLES = f"<table><tr><td>{MENU}<td>{''.join(f'<p>{paragraph}' for paragraph in PARAGRAPHS)}</table>"


def split(page: str) -> tuple[str, str]:
    """The text that is searched, and the text that is furniture."""
    document = load(page.encode(), "a.html")
    said = [(block, document.text[block.start : block.end]) for block in document.blocks]
    assert all(block.indexed == (block.kind != "furniture") for block, _ in said)
    assert all(not block.cells for block, _ in said if not block.indexed)
    noted = any(note.code == "around_article" for note in document.report.notes)
    assert noted == any(not block.indexed for block, _ in said)
    return "\n".join(text for block, text in said if block.indexed), "\n".join(t for b, t in said if not b.indexed)


@pytest.mark.parametrize(
    "around",
    [
        f"<div>{MENU}</div>",
        f"<div class=x><div>{MENU}</div></div>",
        MENU,
        MENU.replace("ul>", "ol>"),
        f"<table><tr><td>{MENU}<td><a href=/>Start</a></table>",
        f"<div>{TEASERS}</div>",
        f"<div>{MENU}</div><div><form>Your address: <input> Subscribe to our letter</form></div>",
        f"<div>{MENU}</div><p>© 2026 The Chronicle. All rights reserved.</p>",
        f"<div>{MENU}</div><div><p>We use cookies. <a href=/c>More</a></div>",
        f"<div>{TEASERS}<p>Most read this week</div>",
        f"<footer>{MENU}</footer>",
        f"<div>{MENU}</div><div>Follow us: <a href=f>Friends</a> <a href=p>Pictures</a></div>",
        f"<section><h2>Related</h2>{TEASERS}</section>",
        f"<div><img alt='Logo of the paper'>{MENU}</div>",
        f"<dl><dt><a href=/>All topics</a><dd>{MENU}</dl>",
    ],
)
def test_menus_teasers_and_forms_around_an_article_are_furniture(around: str) -> None:
    for page in (f"{around}<h1>Flood</h1>{ARTICLE}", f"<div><h1>Flood</h1>{ARTICLE}</div>{around}"):
        searched, furniture = split(page)
        assert searched.split("\n") == ["Flood", *PARAGRAPHS]
        assert furniture


@pytest.mark.parametrize(
    ("article", "said"),
    [
        (CHINESE, "比镇上任何人记得的都快"),
        (BROKEN_LINES, PARAGRAPHS[5]),
        (f"<article>{ARTICLE}</article>", PARAGRAPHS[0]),
        (
            f"<div><div>{ARTICLE}</div><div><table><tr><th>Day<th>m<tr><td>Friday<td>2</table></div></div>",
            "Day: Friday; m: 2",
        ),
        (ARTICLE.replace("</div>", "<ul><li><a href=/1>A source</a><li><a href=/2>Another</a></ul></div>"), "A source"),
        (f"<div>{ARTICLE}<div><h2>Opening hours</h2><p>9 to 5</div></div>", "9 to 5"),
        (f"<div>{ARTICLE}<div><h3>What to bring</h3><ul><li>Boots<li>A lamp</ul></div></div>", "A lamp"),
        (f"<div>{ARTICLE}<pre>pump --on</pre></div>", "pump --on"),
        (ARTICLE.replace("</div>", "<dl><dt>Pump<dd>4 l/s</dl></div>"), "Pump: 4 l/s"),
        (f"<div>{ARTICLE}<dl><dt>Was it dry?<dd>Yes.</dl></div>", "Was it dry?"),
    ],
)
def test_all_that_is_inside_the_article_is_searched(article: str, said: str) -> None:
    searched, furniture = split(f"<div>{MENU}{TEASERS}</div>{article}<div>{MENU}</div>")
    assert said in searched
    assert "Weather" in furniture
    assert said not in furniture


def test_the_heading_and_what_is_said_beside_it_are_searched() -> None:
    head = "<a href=/>The Chronicle</a><h1><a href=/x>Flood in the town</a></h1><p>By Ann Ray, 5 March 2026</p>"
    searched, furniture = split(f"<div>{head}{MENU}</div>{ARTICLE}")
    assert searched.split("\n")[:2] == ["Flood in the town", "By Ann Ray, 5 March 2026"]
    assert furniture.split("\n") == ["The Chronicle", "News", "Sport", "Weather", "Culture"]


@pytest.mark.parametrize(
    "page",
    [
        f"<h1>Guide</h1>{ARTICLE}",  # nothing around it
        f"<p>Before.</p>{ARTICLE}<p>Contact: 0123 456</p>",  # no links
        f"<p>See <a href=x>this</a>; call us before you come, and bring the form with you.</p>{ARTICLE}",
        MENU + TEASERS,  # no article
        f"<div>{MENU}</div><p>{PARAGRAPHS[0]}</p>",  # a short page
        f"<h1>Links</h1>{TEASERS * 5}<p>{PARAGRAPHS[0]}",
        "<dl>" + "".join(f"<dt><a href=#{n}>Term {n}</a><dd>{PARAGRAPHS[n]}" for n in range(6)) + "</dl>",
        "<table><tr><th>Item<th>Price" + "<tr><td><a href=x>Bolt</a><td>0.12" * 50 + "</table>",
        "".join(f"<div><h2>Part {n}</h2><p>{PARAGRAPHS[n]}</div>" for n in range(6)),
        "".join(f"<p class=MsoNormal>{paragraph}</p>" for paragraph in PARAGRAPHS) + MENU,
        IN_TABLES.replace("<ul>", "<ul hidden>"),
        f"<div class=WordSection1>{ARTICLE}</div><div class=WordSection2><p>{PARAGRAPHS[0]}</div>",
    ],
)
def test_plain_documents_are_searched_as_a_whole(page: str) -> None:
    assert split(page)[1] == ""


def test_what_is_substantial_beside_the_article_is_searched() -> None:
    second = "<p>Ann writes: I was there.</p>" * 8  # too short for prose
    searched, furniture = split(f"<div>{MENU}{TEASERS}</div>{ARTICLE}<div>{second}</div>")
    assert searched.count("Ann writes") == 8
    assert "Culture" in furniture


def test_the_links_of_a_marked_menu_say_nothing_of_the_rest() -> None:
    page = f"<h1>Guide</h1>{ARTICLE}<p>Contact: 0123 456</p>"
    assert split_menus(f"<nav>{MENU * 9}</nav>{page}") == split_menus(page)


def split_menus(page: str) -> list[str]:
    document = load(page.encode(), "a.html")
    return [document.text[block.start : block.end] for block in document.blocks if block.indexed]


def test_the_measure_counts_runs_of_four_words() -> None:
    assert figures("one two three four five", "<p>One two</p> three four") == (1.0, 0.5)
    assert figures("one two three", "<p>one two three<script>no</script>") == (1.0, 0.0)
    assert figures("", "<p>one two three four") == (0.0, 1.0)
