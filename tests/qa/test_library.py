"""The facade: searching with filters, asking, removing, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import HashingEncoder, replace_surrogates
from qa import Library, Settings, retrieve
from qa.errors import (
    FilterError,
    LibraryNotFound,
    ModelError,
    ModelMismatch,
    NotFoundError,
    QuestionError,
)
from qa.retrieval.filters import all_named
from qa.storage.records import StoredSource
from qa.storage.sqlite import SQLiteStore
from qa.types import Source
from tests.helpers import CountingEncoder, assert_quotes_are_slices, titles, write

TOWER = """---
author: Ada
tags: [iron, paris]
---
# The Tower

The iron tower was built between 1887 and 1889 by the company of Gustave Eiffel.

## Height

It is 330 metres tall. It was the tallest building in the world until 1930.
"""
BRIDGE = """---
author: Bob
---
# The Bridge

The iron bridge over the river Severn was opened on 1 January 1781.

It is 60 metres long and carries people on foot only.
"""
TEA = "How to make tea\n\nBoil fresh water and pour it on the leaves. Let the tea stand for four minutes.\n"


FILES = {"tower.md": TOWER, "rivers/bridge.md": BRIDGE, "tea.txt": TEA}


@pytest.fixture
def filled(library: Library, tmp_path: Path) -> Library:
    """Three documents, for tests that change something."""
    library.add(write(tmp_path / "docs", FILES))
    return library


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("shared") / "docs", FILES)


@pytest.fixture(scope="module")
def shared(docs: Path) -> Iterator[Library]:
    """Three documents, for tests that only search and ask."""
    with Library.open(docs.with_name("library"), encoder=HashingEncoder()) as opened:
        opened.add(docs)
        yield opened


@pytest.fixture
def answering(tmp_path: Path) -> Iterator[Library]:
    """Answers whatever the confidence, which is made for the real model."""
    with Library.open(tmp_path / "a", settings=Settings(threshold=0.0), encoder=HashingEncoder()) as opened:
        yield opened


# --- searching ------------------------------------------------------------------------------------------------------


def test_the_passage_that_shares_most_with_the_question_is_first(shared: Library) -> None:
    assert titles(shared.search("How many minutes does tea stand?"))[0] == "tea.txt"
    assert titles(shared.search("Which iron bridge crosses the Severn?"))[0] == "bridge.md"
    scores = [hit.score for hit in shared.search("iron tower metres")]
    assert scores == sorted(scores, reverse=True)


def test_hits_carry_all_that_the_readme_promises(shared: Library) -> None:
    hit = shared.search("iron tower built", k=5)[0]
    assert hit.source.title == "The Tower" and hit.source.path.endswith("tower.md")
    assert hit.document.text[hit.passage.start : hit.passage.end] == hit.passage.text
    assert hit.passage.heading == "The Tower" and hit.score > 0


def test_k_is_how_many_come_back(shared: Library) -> None:
    assert len(shared.search("iron", k=1)) == 1
    assert len(shared.search("iron", k=1000)) == shared.stats().passages
    with pytest.raises(QuestionError, match="k is 0"):
        shared.search("iron", k=0)


@pytest.mark.parametrize(
    "documents",
    ["bridge.md", "The Bridge", "*.md", "rivers/*", "*/rivers/bridge.md", "BRIDGE.MD"],
)
def test_filters_name_documents_by_file_title_or_pattern(shared: Library, documents: str) -> None:
    assert "bridge.md" in titles(shared.search("iron metres", documents=[documents]))
    assert "tea.txt" not in titles(shared.search("tea minutes iron", documents=[documents]))


def test_filters_name_documents_by_id_source_path_and_folder(shared: Library, docs: Path) -> None:
    source = shared.sources("tea.txt")[0]
    for name in (source.id, source, source.path):
        assert set(titles(shared.search("iron tower", documents=[name]))) == {"tea.txt"}
    assert set(titles(shared.search("iron", documents=[str(docs / "rivers")]))) == {"bridge.md"}
    assert len(shared.search("iron", documents=[str(docs)])) == shared.stats().passages


def test_a_folder_is_not_its_neighbour_of_a_longer_name(library: Library, tmp_path: Path) -> None:
    write(tmp_path, {"notes/a.md": "# A\n\nKiwi fruit.\n", "notes-old/b.md": "# B\n\nKiwi fruit.\n\nOld.\n"})
    library.add([tmp_path / "notes", tmp_path / "notes-old"])
    assert titles(library.search("kiwi", documents=[str(tmp_path / "notes")])) == ["a.md"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"author": "ada"}, {"tower.md"}),
        ({"author": ["Ada", "Bob"]}, {"tower.md", "bridge.md"}),
        ({"tags": "PARIS"}, {"tower.md"}),
        ({"author": "*"}, {"tower.md", "bridge.md"}),
        ({"suffix": "txt"}, {"tea.txt"}),
        ({"suffix": ".MD", "author": "B*"}, {"bridge.md"}),
        ({"path": "rivers/*"}, {"bridge.md"}),
        ({"title": "the *"}, {"tower.md", "bridge.md"}),
        ({"author": "Nobody"}, set()),
    ],
)
def test_where_chooses_by_metadata(shared: Library, where: dict[str, str], expected: set[str]) -> None:
    assert set(titles(shared.search("iron tea metres", where=where))) == expected


def test_filters_act_before_the_candidates_are_taken(tmp_path: Path) -> None:
    """With one candidate an index, the filtered document would never be among them if the filter came after."""
    files = {f"n{n}.md": f"# Mango\n\nMango mango mango number {n}.\n" for n in range(5)}
    files["other.md"] = "# Other\n\nA long text that only once has the word mango, among so many others it has.\n"
    with Library.open(tmp_path / "l", settings=Settings(candidates=1), encoder=HashingEncoder()) as library:
        library.add(write(tmp_path / "docs", files))
        assert titles(library.search("mango", k=1, documents=["other.md"])) == ["other.md"]
        hit = library.search("mango", k=1, documents=["other.md"])[0]
        assert (hit.detail.dense_rank, hit.detail.sparse_rank) == (1, 1)
        assert titles(library.search("mango", k=1, documents=["other.md"], words_only=True)) == ["other.md"]


def test_of_two_sources_with_one_document_the_chosen_one_is_named(library: Library, tmp_path: Path) -> None:
    library.add(write(tmp_path / "docs", {"first.md": BRIDGE, "second.md": BRIDGE}))
    assert titles(library.search("Severn"))[0] == "first.md"
    assert titles(library.search("Severn", documents=["second.md"]))[0] == "second.md"
    citation = library.ask("When was the iron bridge over the river Severn opened?", documents=["second.md"]).citations
    assert [Path(c.source.path).name for c in citation] == ["second.md"]


@pytest.mark.parametrize("documents", [["nothing.md"], [999], ["*.pdf"], [""], ["  "]])
def test_a_name_that_fits_nothing_is_an_error(
    shared: Library, documents: list[str | int], docs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty name is not the current folder: `qa remove "$UNSET"` must remove nothing."""
    monkeypatch.chdir(docs)
    with pytest.raises(FilterError, match="no document is named"):
        shared.search("iron", documents=documents)
    with pytest.raises(FilterError):
        shared.remove(documents)
    assert shared.stats().sources == 3


def test_an_unknown_key_is_an_error_that_names_the_known_ones(shared: Library) -> None:
    with pytest.raises(FilterError, match=r"'editor'.*author"):
        shared.search("iron", where={"editor": "Ada"})


def test_no_documents_at_all_finds_nothing(shared: Library) -> None:
    assert shared.search("iron", documents=[]) == []
    assert shared.ask("How tall is the iron tower?", documents=[]).status == "not_found"


@pytest.mark.parametrize(
    ("question", "says"),
    [("", "empty"), ("  \n", "empty"), ("?!… —", "no words"), ("😀", "no words"), ("x" * 100_000, "100,000")],
)
def test_a_question_that_cannot_be_asked_says_why(shared: Library, question: str, says: str) -> None:
    for ask in (shared.search, shared.ask):
        with pytest.raises(QuestionError, match=says):
            ask(question)


@pytest.mark.parametrize(
    ("question", "best"),
    [
        ('foo: AND "', None),
        ("C++ (x", None),
        ("title:tower OR *", "tower.md"),
        ("+bridge -Severn^2 ~", "bridge.md"),
        ("the of and", "tower.md"),
        ("a\x00b tower", "tower.md"),
        ("tower \ud800 tall", "tower.md"),
        ("塔は何メートルですか", None),
        ("Сколько метров высота башни?", None),
        ("หอคอยสูงเท่าไร", None),
        ("كم يبلغ ارتفاع البرج", None),
        ("w" * 4000, None),
        ("tower " * 666, "tower.md"),
    ],
)
def test_questions_are_words_never_syntax(shared: Library, question: str, best: str | None) -> None:
    hits = shared.search(question)
    assert len(hits) == shared.stats().passages and all(0 <= hit.score <= 1.0001 for hit in hits)
    assert all(hit.detail.bm25 == 0 for hit in hits) if best is None else titles(hits)[0] == best
    answer = shared.ask(question)
    assert_quotes_are_slices(shared, answer)
    assert bool(answer.hits) and answer.question == replace_surrogates(question).strip()
    json.dumps(answer.to_dict(), ensure_ascii=False).encode()  # also a lone surrogate is no longer in it


def test_searching_by_words_only_needs_no_model(filled: Library) -> None:
    folder = filled.folder
    with Library.open(folder, settings=Settings(model="/no/such/model")) as other:
        assert titles(other.search("tea leaves", words_only=True))[0] == "tea.txt"
        assert other.search("tea leaves", words_only=True)[0].detail.cosine is None
        assert len(other.sources()) == 3 and other.stats().model == "hashing-256-256"
        assert other.check().problems == ()
        assert other.remove("tea.txt").count("removed") == 1
        with pytest.raises(ModelError, match="not a folder"):
            other.search("tea leaves")


def test_explain_names_the_questions_words_that_a_hit_has(shared: Library) -> None:
    hit = shared.search("iron towers of Paris", explain=True)[0]
    assert set(hit.detail.words) == {"iron", "tower"}
    assert shared.search("iron towers of Paris")[0].detail.words == ()


def test_an_empty_library_answers_not_found(library: Library) -> None:
    assert library.search("anything") == []
    answer = library.ask("anything at all?")
    assert (answer.status, answer.confidence, answer.hits) == ("not_found", 0.0, ())
    assert library.stats().documents == 0 and library.check().problems == ()


# --- asking ---------------------------------------------------------------------------------------------------------


def test_an_answer_quotes_the_sentence_that_answers(shared: Library) -> None:
    answer = shared.ask("When was the iron bridge over the river Severn opened?")
    assert answer.status == "answered"
    assert answer.citations[0].quote == "The iron bridge over the river Severn was opened on 1 January 1781."
    assert answer.statements[0].text == answer.citations[0].quote and answer.statements[0].citations == (1,)
    assert answer.citations[0].section == "The Bridge" and answer.citations[0].line == 6
    assert answer.text.startswith(answer.citations[0].quote + " [1]")
    assert_quotes_are_slices(shared, answer)


def test_a_sentence_that_starts_with_a_pronoun_brings_the_one_before(shared: Library) -> None:
    answer = shared.ask("Was the tower the tallest building in the world until 1930?")
    assert answer.citations[0].quote == "It is 330 metres tall. It was the tallest building in the world until 1930."


def test_what_no_document_says_is_not_found_and_the_nearest_are_shown(shared: Library) -> None:
    answer = shared.ask("Which volcano erupted near Naples?")
    assert (answer.status, answer.statements, answer.citations) == ("not_found", (), ())
    assert 0 <= answer.confidence < shared.settings.threshold
    assert answer.text == "Not found in your documents."
    assert answer.hits


def test_places_that_say_the_same_are_quoted_once(answering: Library, tmp_path: Path) -> None:
    library = answering
    same = "The zeppelin landed in Friedrichshafen at noon on Sunday."
    files = {"a.md": f"# A\n\n{same}\n", "b.md": f"# B\n\n{same}\n", "c.md": f"# C\n\n{same} Fine.\n"}
    library.add(write(tmp_path / "d", files))
    answer = library.ask("When did the zeppelin land in Friedrichshafen?")
    assert answer.status == "answered" and len(answer.citations) == 1


def test_at_most_three_places_are_quoted(answering: Library, tmp_path: Path) -> None:
    library = answering
    files = {
        f"{name}.md": f"# {name}\n\nThe heron of {name} eats {food} every day.\n"
        for name, food in {"Alba": "trout", "Bern": "frogs", "Como": "mice", "Dax": "newts", "Ems": "voles"}.items()
    }
    library.add(write(tmp_path / "d", files))
    answer = library.ask("What does the heron eat every day?")
    assert [citation.number for citation in answer.citations] == [1, 2, 3]


def test_timings_and_the_json_form(shared: Library) -> None:
    data = json.loads(json.dumps(shared.ask("How tall is the iron tower?").to_dict()))
    assert {"search", "answer", "total"} <= data["timings"].keys()
    assert all(c["quote"] for c in data["citations"])


CHUNKS = (
    *(
        "alpha",
        "beta",
        "gamma",
        "😀",
        "👩\u200d👩\u200d👧",
        "naïve",
        "Zürich",
        "東京タワー",
        "москва",
        "e\u0301",
        "ﬁn",
        "3.14",
        "e.g.",
    ),
    *("Dr.", "It", "[1]", "#", "```", "|", "\u00a0", "\u200d", "İ", "ß"),
)
WORDS = st.lists(st.sampled_from(CHUNKS), min_size=1, max_size=40)
ENDS = st.sampled_from([". ", "! ", "? ", "\r\n", "\n\n", " ", "。", "\r\n\r\n", ".\n## "])


@settings(max_examples=12)
@given(st.lists(st.tuples(WORDS, ENDS), min_size=1, max_size=12), st.sampled_from([".md", ".txt", ".html"]))
def test_every_quote_of_any_document_is_a_slice(
    tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[list[str], str]], suffix: str
) -> None:
    text = "alpha " + "".join(" ".join(words) + end for words, end in parts)
    folder = tmp_path_factory.mktemp("random")
    with Library.open(folder / "l", settings=Settings(threshold=0.0), encoder=HashingEncoder()) as library:
        report = library.add(write(folder / "d", {f"random{suffix}": text}))
        assert report.count("added") == 1, report
        for question in ("alpha beta Zürich 東京 москва", "It 3.14"):
            answer = library.ask(question)
            assert_quotes_are_slices(library, answer)


# --- models -----------------------------------------------------------------------------------------------------------


def test_another_model_is_never_searched_with_and_can_be_taken_over(filled: Library) -> None:
    with Library.open(filled.folder, encoder=HashingEncoder(dim=64)) as other:
        for work in (lambda: other.search("iron"), lambda: other.ask("iron?"), lambda: other.add([]), other.encode):
            with pytest.raises(ModelMismatch, match=r"hashing-256-256.*hashing-64-256"):
                work()
        assert titles(other.search("tea leaves", words_only=True))[0] == "tea.txt"
        assert other.reencode() == other.stats().passages
        assert titles(other.search("tea leaves"))[0] == "tea.txt"
        assert other.stats().model == "hashing-64-256" and other.stats().waiting == 0
        assert other.check().problems == ()
    with pytest.raises(ModelMismatch):
        filled.search("tea leaves")
    assert filled.search("tea leaves", words_only=True)


def test_a_reencoding_that_is_broken_off_goes_on_later(filled: Library) -> None:
    class Broken(CountingEncoder):
        def encode_passages(self, passages):  # type: ignore[no-untyped-def]
            raise KeyboardInterrupt

    with Library.open(filled.folder, encoder=Broken(dim=64)) as other, pytest.raises(KeyboardInterrupt):
        other.reencode()
    with Library.open(filled.folder, encoder=HashingEncoder(dim=64)) as other:
        assert other.stats().waiting == other.stats().passages
        assert titles(other.search("tea leaves"))[0] == "tea.txt"
        assert other.encode() == other.stats().passages
        assert other.check().problems == ()


def test_a_model_that_gives_no_numbers_is_refused(library: Library, tmp_path: Path) -> None:
    class NotNumbers(HashingEncoder):
        def encode_passages(self, passages):  # type: ignore[no-untyped-def]
            found = super().encode_passages(passages)
            found[0].passage[0] = float("nan")
            return found

    docs = write(tmp_path / "docs", {"tea.txt": TEA})
    with (
        Library.open(tmp_path / "nan", encoder=NotNumbers()) as other,
        pytest.raises(ModelError, match="finite numbers"),
    ):
        other.add(docs)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_library_is_made_when_absent_unless_told_not_to(tmp_path: Path) -> None:
    with pytest.raises(LibraryNotFound, match="qa add"):
        Library.open(tmp_path / "none", create=False)
    assert not (tmp_path / "none").exists()
    Library.open(tmp_path / "deep" / "er" / "one").close()
    Library.open(tmp_path / "deep" / "er" / "one", create=False).close()


def test_the_default_folder_is_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERBATIM_LIBRARY", str(tmp_path / "mine"))
    with Library.open(encoder=HashingEncoder()) as library:
        assert library.folder == tmp_path / "mine"


def test_retrieve_takes_an_open_library_or_a_folder(shared: Library, tmp_path: Path) -> None:
    assert titles(retrieve("tea leaves", library=shared, k=1)) == ["tea.txt"]
    with pytest.raises(LibraryNotFound):
        retrieve("tea leaves", library=tmp_path / "none")


def test_an_unknown_document_is_not_found(shared: Library) -> None:
    with pytest.raises(NotFoundError, match="search again"):
        shared.document("0" * 32)
    with pytest.raises(NotFoundError):
        shared.passages("0" * 32)
    with pytest.raises(NotFoundError):
        shared.document("\ud800")  # which cannot be looked up in the database at all
    with pytest.raises(NotFoundError):
        shared.passages("\ud800")
    with pytest.raises(NotFoundError):
        shared.source(99)


# --- removing ---------------------------------------------------------------------------------------------------------


def test_a_removed_document_is_gone_from_everywhere(filled: Library) -> None:
    report = filled.remove(["tower.md"])
    assert [Path(outcome.path).name for outcome in report.files] == ["tower.md"]
    assert filled.search("Eiffel", words_only=True) == []
    assert "tower.md" not in titles(filled.search("iron tower Eiffel"))
    store = SQLiteStore(filled.folder / "library.db")
    vectors = store.ids_with_vectors()
    assert len(vectors) == store.passage_count() == filled.stats().passages
    store.close()
    assert filled.check().problems == ()


def test_the_file_itself_stays_when_its_source_is_removed(filled: Library, tmp_path: Path) -> None:
    filled.remove("tower.md")
    assert (tmp_path / "docs" / "tower.md").read_text() == TOWER


def test_thousands_of_numbers_are_chosen_in_a_few_passes() -> None:
    """The page names the documents chosen by their numbers; a pass through all of 20,000 for each took 1.8 s."""

    class Sources(list[StoredSource]):
        passes = 0

        def __iter__(self) -> Iterator[StoredSource]:
            self.passes += 1
            return super().__iter__()

    stored = Sources(
        StoredSource(Source(number, f"/{number}.md", "a", str(number)), number, None, {}, "", "")
        for number in range(20_000)
    )
    assert [each.source.id for each in all_named(stored, range(5_000))] == list(range(5_000))
    assert 1 <= stored.passes <= 3
    with pytest.raises(FilterError, match="20000"):
        all_named(stored, [1, 20_000])
