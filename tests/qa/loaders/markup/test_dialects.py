"""Dialects of Markdown read as their programs show them."""

from __future__ import annotations

import pytest

from qa.loaders.load import load

Blocks = list[tuple[str, str, int | None]]


def read(text: str, name: str = "a.md") -> Blocks:
    """Kind, words and line in the file of every block."""
    document = load(text.encode(), name)
    return [(b.kind, document.text[b.start : b.end], document.line_of(b.start)) for b in document.blocks]


CASES: dict[str, tuple[str, Blocks]] = {
    "callout with a title": (
        "> [!warning] Hot *oil*\n> Keep away.",
        [("caption", "Hot oil", 1), ("quote", "Keep away.", 2)],
    ),
    "callout without a title": ("> [!tip]\n> Go.", [("caption", "Tip", 1), ("quote", "Go.", 2)]),
    "callout of its own kind": ("> [!my-kind]\n> Go.", [("caption", "My kind", 1), ("quote", "Go.", 2)]),
    "folded callout": ("> [!faq]- Why?\n> So.", [("caption", "Why?", 1), ("quote", "So.", 2)]),
    "callout of a title alone": ("> [!info] All is well", [("caption", "All is well", 1)]),
    "alert of GitHub": ("> [!NOTE]\n> Go.", [("caption", "Note", 1), ("quote", "Go.", 2)]),
    "callout with a list": ("> [!todo] Do\n> - one", [("caption", "Do", 1), ("list_item", "one", 2)]),
    "quote that begins with brackets": ("> [!] what", [("quote", "[!] what", 1)]),
    "tasks": ("- [x] done\n- [ ] open", [("list_item", "☒ done", 1), ("list_item", "☐ open", 2)]),
    "comment in a line": ("One %%two%% three.", [("paragraph", "One three.", 1)]),
    "comment over lines": ("One.\n\n%%\na\n\nb\n%%\n\nTwo.", [("paragraph", "One.", 1), ("paragraph", "Two.", 9)]),
    "comment that starts a line": ("%% a\nb %% One.", [("paragraph", "One.", 2)]),
    "per cent signs": ("It is 5 %% of 100 %.", [("paragraph", "It is 5 %% of 100 %.", 1)]),
    "comment signs in code": ("```\n%% a %%\n```\n\n`%%b%%`", [("code", "%% a %%", 2), ("paragraph", "%%b%%", 5)]),
    "wikilink": ("See [[Oil]].", [("paragraph", "See Oil.", 1)]),
    "wikilink with an alias": ("See [[Oil|the oil]].", [("paragraph", "See the oil.", 1)]),
    "wikilink to a heading": ("See [[Oil#Hot]] and [[#Cold]].", [("paragraph", "See Oil > Hot and Cold.", 1)]),
    "wikilink in a table": ("| a | b |\n|---|---|\n| [[x\\|y]] | 2 |", [("table_row", "a: y; b: 2", 3)]),
    "wikilink in code": ("`[[ x ]] [[y]]` [[z]]", [("paragraph", "[[ x ]] [[y]] z", 1)]),
    "double brackets of a link": ("[[1]](https://example.org)", [("paragraph", "[1]", 1)]),
    "double brackets of numbers": ("As in x[[1]] and [[2]].", [("paragraph", "As in x[[1]] and [[2]].", 1)]),
    "admonition of Docusaurus": (
        ":::caution Hot\n\nKeep away.\n\n:::\n\nOn.",
        [("caption", "Hot", 1), ("paragraph", "Keep away.", 3), ("paragraph", "On.", 7)],
    ),
    "title in brackets": (":::note[**a** `b` [c](d)]\nGo.\n:::", [("caption", "a b c", 1), ("paragraph", "Go.", 2)]),
    "admonition without a title": ("Up.\n:::tip\nGo.\n:::", [
        ("paragraph", "Up.", 1), ("caption", "Tip", 2), ("paragraph", "Go.", 3)]),
    "admonition of VitePress": ("::: details More\nGo.\n:::", [("caption", "More", 1), ("paragraph", "Go.", 2)]),
    "admonition of Quarto": (
        '::: {.callout-note title="Mind"}\nGo.\n:::',
        [("caption", "Mind", 1), ("paragraph", "Go.", 2)],
    ),
    "admonition of MyST": (":::{warning} Hot\nGo.\n:::", [("caption", "Hot", 1), ("paragraph", "Go.", 2)]),
    "division of Pandoc": ("::: {.column}\nGo.\n:::", [("paragraph", "Go.", 2)]),
    "nested admonitions": (
        "::::note\n:::tip\nGo.\n:::\nOn.\n::::",
        [("caption", "Note", 1), ("caption", "Tip", 2), ("paragraph", "Go.", 3), ("paragraph", "On.", 5)],
    ),
    "block of PyMdown": ("/// note | Mind\n\nGo.\n\n///", [("caption", "Mind", 1), ("paragraph", "Go.", 3)]),
    "block in a list": (
        "1. One.\n\n    /// note | Mind\n\n    Go.\n\n    ///",
        [("list_item", "1. One.", 1), ("caption", "Mind", 3), ("list_item", "Go.", 5)],
    ),
    "tab of PyMdown": ("//// tab | Linux\n\nGo.\n\n////", [("caption", "Linux", 1), ("paragraph", "Go.", 3)]),
    "colons that are no admonition": ("::: pkg.a\n    options: 1", [("paragraph", "::: pkg.a options: 1", 1)]),
    "colons below a line": ("One.\n\n::: pkg.a", [("paragraph", "One.", 1), ("paragraph", "::: pkg.a", 3)]),
    "admonition in code": ("```\n:::note\n:::\n```", [("code", ":::note\n:::", 2)]),
    "admonition of MkDocs": (
        '!!! note "Mind"\n    Go.\n\n    - one\n\nOn.',
        [("caption", "Mind", 1), ("paragraph", "Go.", 2), ("list_item", "one", 4), ("paragraph", "On.", 6)],
    ),
    "admonition of MkDocs, nested": (
        "!!! note\n\n    One.\n\n    !!! tip\n\n        Two.",
        [("caption", "Note", 1), ("paragraph", "One.", 3), ("caption", "Tip", 5), ("paragraph", "Two.", 7)],
    ),
    "folded admonition, no title": ('??? note ""\n    Go.', [("paragraph", "Go.", 2)]),
    "tabs of MkDocs": (
        '=== "Linux"\n\n    ```sh\n    apt\n    ```\n\n=== "Mac"\n\n    Brew.',
        [("caption", "Linux", 1), ("code", "apt", 4), ("caption", "Mac", 7), ("paragraph", "Brew.", 9)],
    ),
    "definitions": (
        "Oil\n: A fat.\n: A fuel.\n\nGas\nAir\n: Thin.",
        [("list_item", "Oil: A fat.", 2), ("list_item", "A fuel.", 3), ("list_item", "Gas Air: Thin.", 7)],
    ),
    "footnotes are numbered as referred to": (
        "One[^b] two[^a].\n\n[^a]: Second.\n[^b]: First.",
        [("paragraph", "One two.", 1), ("note", "2. Second.", 3), ("note", "1. First.", 4)],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_dialect_reads_as_it_is_shown(text: str, expected: Blocks) -> None:
    assert read(text) == expected


MDX: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "imports": ("import Tabs from '@theme/Tabs';\nimport './a.css'\n\n# T", [("heading", "T")]),
    "import over lines": ("import {\n  A,\n  B\n} from 'x';\n\n# T", [("heading", "T")]),
    "exports": ("import A from 'a'\nexport const b = {\n  c: 1,\n\n  d: 2\n}\n\n# T", [("heading", "T")]),
    "words that begin so": ("import taxes from a port.\n\nexport them.", [
        ("paragraph", "import taxes from a port."), ("paragraph", "export them.")]),
    "comments": ("One {/* two */} three.\n\n{/*\nfour\n*/}\n\nFive.", [
        ("paragraph", "One three."), ("paragraph", "Five.")]),
    "tabs": (
        '<Tabs>\n<TabItem value="a" label="Plan A">\n\n60 calls\n\n</TabItem>\n</Tabs>',
        [("caption", "Plan A"), ("paragraph", "60 calls")],
    ),
    "tabs in one block": (
        '<Tabs>\n<Tab title="A">one</Tab>\n<Tab title="B">two</Tab>\n</Tabs>',
        [("caption", "A"), ("paragraph", "one"), ("caption", "B"), ("paragraph", "two")],
    ),
    "tab in a line": ('<Tab title="A">one</Tab>', [("paragraph", "A: one")]),
    "label in single quotes": ("<Step title='Put \"it\" in'>\n\nGo.\n\n</Step>", [
        ("caption", 'Put "it" in'), ("paragraph", "Go.")]),
    "titles of HTML stay unseen": ('<span title="x">one</span>', [("paragraph", "one")]),
    "imports in code": ("```js\nimport A from 'a'\n```", [("code", "import A from 'a'")]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MDX.values(), ids=MDX)
def test_mdx_reads_as_it_is_shown(text: str, expected: list[tuple[str, str]]) -> None:
    assert [each[:2] for each in read(text, "a.mdx")] == expected


def test_what_is_left_out_is_named() -> None:
    document = load(b"One %%a%% two %%b%%.\n\n![[plan.png|300]] ![[Notes]]\n\nEnd.", "a.md")
    assert document.text == "One two.\n\nEnd."
    assert [note.message for note in document.report.notes] == [
        "Comments of the author that no reader sees: 2.",
        "Files that are shown within this one are not read here: plan.png, Notes.",
    ]


def test_lists_and_tables_have_numbers_groups_and_rows() -> None:
    document = load(b"3. a\n   - b\n4. c\n\nx\n\n- d\n\n| h | i |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |", "a.md")
    assert [(b.kind, b.number, b.group, b.row) for b in document.blocks] == [
        ("list_item", "3.", 1, None),
        ("list_item", "", 1, None),
        ("list_item", "4.", 1, None),
        ("paragraph", "", None, None),
        ("list_item", "", 2, None),
        ("table_row", "", 3, 2),
        ("table_row", "", 3, 3),
    ]
    assert [(cell.header, cell.column) for cell in document.blocks[-1].cells] == [("h", 1), ("i", 2)]
