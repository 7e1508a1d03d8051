"""The keyword index and its analysis of text."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings import IndexBusy, IndexDamaged, SparseIndex, SparseRow, content_terms, has_words, index_terms
from embeddings.sparse import question_terms
from embeddings.sparse.analysis import RowTerms

TEXTS = {
    1: "The heron stands in the shallow water and waits for fish.",
    2: "A stork builds its nest on the roof of the old house.",
    3: "Fish swim in the river near the old mill, fish of all kinds.",
    40: "Nothing here.",
}


@pytest.fixture
def index(tmp_path: Path) -> Iterator[SparseIndex]:
    made = SparseIndex(tmp_path / "sparse")
    fill(made, TEXTS)
    yield made
    made.release()


def fill(index: SparseIndex, texts: dict[int, str], language: str | None = "en", group: int | None = None) -> None:
    index.add(SparseRow(row, row % 2 if group is None else group, text, language) for row, text in texts.items())
    index.commit()


def found(index: SparseIndex, question: str, languages: Iterable[str | None] = ("en",), k: int = 10) -> list[int]:
    return [row for row, _ in index.search(question, k, languages=languages)]


# --- rows -------------------------------------------------------------------------------------------------------------


def test_the_row_that_has_the_words_most_is_first(index: SparseIndex) -> None:
    assert found(index, "fish") == [3, 1]
    assert found(index, "stork nest") == [2]
    assert found(index, "fish in shallow water")[0] == 1


def test_scores_are_bm25s(tmp_path: Path) -> None:
    """k1 = 1.2, b = 0.75; two rows of three terms each, one of them with the word."""
    index = SparseIndex(tmp_path / "s")
    fill(index, {1: "apple pear plum", 2: "fig date lime"})
    idf = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert index.search("apple", 5) == [(1, pytest.approx(idf * 2.2 / (1 + 1.2), rel=1e-5))]
    assert index.weigh("apple") == {("appl",): pytest.approx(idf)}
    index.release()


def test_words_without_a_row_weigh_most(index: SparseIndex) -> None:
    weights = index.weigh("fish and unicorns")
    assert set(weights) == {("fish",), ("unicorn",)}
    assert weights["unicorn",] > weights["fish",] > 0


def test_ids_are_all_committed_rows_ascending(index: SparseIndex) -> None:
    assert index.ids() == [1, 2, 3, 40] and len(index) == 4
    index.add([SparseRow(2**40, 0, "huge id", "en")])
    assert len(index) == 4, "not before the commit"
    index.commit()
    assert index.ids() == [1, 2, 3, 40, 2**40]
    assert found(index, "huge") == [2**40]


def test_a_row_with_the_same_id_replaces_the_earlier_one(index: SparseIndex) -> None:
    fill(index, {2: "An eagle."})
    assert index.ids() == [1, 2, 3, 40]
    assert found(index, "eagle") == [2] and found(index, "stork") == []


def test_removed_rows_are_gone_and_unknown_ids_are_passed_over(index: SparseIndex) -> None:
    index.remove([3, 999])
    index.commit()
    assert index.ids() == [1, 2, 40] and found(index, "fish") == [1]
    index.remove([])
    index.commit()
    assert len(index) == 3
    index.remove([1, 2, 40])
    index.commit()
    assert index.ids() == [] and found(index, "fish") == []


def test_adding_nothing_changes_nothing(index: SparseIndex) -> None:
    index.add([])
    index.commit()
    assert len(index) == 4


def test_what_was_not_committed_is_lost_at_release(index: SparseIndex) -> None:
    index.add([SparseRow(5, 0, "an uncommitted owl", "en")])
    index.release()
    index.commit()
    assert found(index, "owl") == [] and len(index) == 4


def test_k_limits_and_may_be_beyond_the_size(index: SparseIndex) -> None:
    assert found(index, "fish", k=1) == [3]
    assert found(index, "fish", k=10_000) == [3, 1]
    assert found(index, "fish", k=0) == []


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    index = SparseIndex(tmp_path / "empty")
    assert (found(index, "fish"), index.ids(), len(index)) == ([], [], 0)
    assert index.weigh("fish")["fish",] > 0


# --- groups -----------------------------------------------------------------------------------------------------------


def test_a_filter_by_group_leaves_the_scores_as_they_are(index: SparseIndex) -> None:
    free = dict(index.search("fish old house", 10))
    for groups in ([0], [1], [0, 1], [1, 77]):
        filtered = index.search("fish old house", 10, groups=groups)
        assert filtered and {row % 2 for row, _ in filtered} <= set(groups)
        for row, score in filtered:
            assert score == pytest.approx(free[row], rel=1e-6)


def test_a_filter_acts_before_the_k_are_taken(index: SparseIndex) -> None:
    fill(index, {100: "fish"}, group=9)
    fill(index, {row: "fish fish fish" for row in range(200, 230)}, group=8)
    assert [row for row, _ in index.search("fish", 1, groups=[9])] == [100]


@pytest.mark.parametrize("groups", [[], [99]])
def test_a_filter_that_takes_nothing_finds_nothing(index: SparseIndex, groups: list[int]) -> None:
    assert index.search("fish", 10, groups=groups) == []


# --- questions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "question",
    ['foo: AND "', "C++ (x", "fish AND NOT fish", "terms:fish", "*", "fish^9 ~", "[a TO z]", "\\", "a\x00b"],
)
def test_a_question_is_never_query_syntax(index: SparseIndex, question: str) -> None:
    assert set(found(index, question)) <= {1, 3}
    index.weigh(question)


@pytest.mark.parametrize("question", ["", "   ", "?!.,;:…—", "😀 🎉"])
def test_a_question_without_words_finds_nothing(index: SparseIndex, question: str) -> None:
    assert found(index, question) == [] and index.weigh(question) == {} and not has_words(question)


def test_stop_words_are_left_out_unless_nothing_else_is_there(index: SparseIndex) -> None:
    assert set(index.weigh("where is the fish of all")) == {("fish",)}
    assert set(index.weigh("the of")) == {("the",), ("of",)}
    assert set(found(index, "the of")) == {1, 2, 3}


def test_a_word_counts_once_however_often_it_is_asked(index: SparseIndex) -> None:
    assert index.search("fish fishes FISH", 5) == index.search("fish", 5)


def test_a_very_long_question_is_no_trouble(index: SparseIndex) -> None:
    assert found(index, " ".join(f"word{n}" for n in range(3000)) + " fish")[0] == 3
    assert found(index, "x" * 100_000) == []


# --- languages --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "text", "question"),
    [
        ("en", "The dogs were running.", "a dog runs"),
        ("de", "Die Häuser standen leer.", "Haus"),
        ("fr", "Les chevaux couraient vite.", "courir"),
        ("ru", "Красивые дома стояли у реки.", "дом"),
        ("es", "Las montañas nevadas.", "montaña"),
        ("en", "A naïve café.", "naive cafe"),
        ("de", "Die Straße.", "Strasse"),
        (None, "The DOG barks.", "dog"),
        ("xx", "The DOG barks.", "dog"),
        ("en", "ﬁnancial ＡＢＣ", "financial abc"),
        ("en", "İstanbul", "istanbul"),
    ],
)
def test_words_are_found_in_their_other_forms(tmp_path: Path, language: str | None, text: str, question: str) -> None:
    index = SparseIndex(tmp_path / "s")
    fill(index, {1: text}, language)
    assert found(index, question, [language]) == [1]
    index.release()


def test_a_library_of_several_languages_finds_each_by_its_own_stems(tmp_path: Path) -> None:
    index = SparseIndex(tmp_path / "s")
    fill(index, {1: "The houses stood empty."}, "en")
    fill(index, {2: "Die Häuser standen leer."}, "de")
    fill(index, {3: "Пустые дома."}, "ru")
    fill(index, {4: "houses"}, None)
    languages = ["en", "de", "ru", None]
    assert found(index, "house", languages) == [1]
    assert set(found(index, "houses", languages)) == {1, 4}
    assert found(index, "Haus", languages) == [2]
    assert found(index, "дом", languages) == [3]
    index.release()


@pytest.mark.parametrize(
    ("text", "question", "miss"),
    [
        ("東京タワーの高さは三百三十三メートルです。", "東京タワー", "大阪城"),
        ("北京是中华人民共和国的首都。", "首都", "上海市"),
        ("ประเทศไทยมีกรุงเทพเป็นเมืองหลวง", "กรุงเทพ", "เวียดนาม"),
        ("서울은 대한민국의 수도이다.", "수도", "부산항"),
        ("Python 3.11 は速い", "python", "ruby"),
        ("龍", "龍", "虎"),
        ("猫が好き", "猫", "犬"),
        ("𠮷野家", "𠮷野", "松屋"),
    ],
)
def test_scripts_without_spaces_are_found_by_pairs_and_single_characters(
    tmp_path: Path, text: str, question: str, miss: str
) -> None:
    index = SparseIndex(tmp_path / "s")
    fill(index, {1: text, 2: "English words only."}, None)
    assert found(index, question, [None]) == [1]
    assert found(index, miss, [None]) == []
    index.release()


def test_pairs_of_a_run_and_nothing_across_runs() -> None:
    assert index_terms("東京 大阪", None) == ["東", "京", "東京", "大", "阪", "大阪"]
    assert question_terms("東京都と x", []) == [("x",), ("東京",), ("京都",), ("都と",)]
    assert question_terms("猫", []) == [("猫",)]


def test_a_word_over_64_bytes_is_left_out_and_the_others_stay() -> None:
    assert index_terms("short " + "x" * 65 + " end", "en") == ["short", "end"]


# --- on disk ----------------------------------------------------------------------------------------------------------


def test_a_second_instance_sees_commits_after_reload(index: SparseIndex, tmp_path: Path) -> None:
    other = SparseIndex(tmp_path / "sparse")
    assert found(other, "fish") == [3, 1]
    fill(index, {6: "Fresh fish."})
    assert 6 not in found(other, "fish")
    other.reload()
    assert 6 in found(other, "fish")


def test_one_writes_at_a_time_and_release_lets_the_next_write(index: SparseIndex, tmp_path: Path) -> None:
    other = SparseIndex(tmp_path / "sparse")
    with pytest.raises(IndexBusy, match="locked"):
        other.add([SparseRow(7, 0, "x", "en")])
    index.release()
    fill(other, {7: "A kingfisher."})
    other.release()
    index.reload()
    assert found(index, "kingfisher") == [7]
    fill(index, {8: "A grebe."})
    assert found(index, "grebe") == [8]


def test_a_folder_that_holds_something_else_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text("{}")
    with pytest.raises(IndexDamaged, match="cannot be read"):
        SparseIndex(tmp_path)
    SparseIndex.erase(tmp_path)
    assert SparseIndex(tmp_path).ids() == []


def test_an_index_of_another_schema_is_damaged(tmp_path: Path) -> None:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("other")
    tantivy.Index(builder.build(), path=str(tmp_path))
    with pytest.raises(IndexDamaged):
        SparseIndex(tmp_path)


def test_garbled_bytes_are_noticed_by_their_checksum(index: SparseIndex, tmp_path: Path) -> None:
    index.release()
    assert index.damaged_files() == []
    for file in sorted((tmp_path / "sparse").glob("*.term")):
        data = bytearray(file.read_bytes())
        data[10] ^= 1
        file.write_bytes(data)
        assert file.name in index.damaged_files()
    for file in (tmp_path / "sparse").glob("*.idx"):
        file.write_bytes(b"")
        assert file.name in index.damaged_files()


def test_a_full_disk_is_an_os_error_and_the_last_commit_stays(index: SparseIndex) -> None:
    """A limit on the size of files, which the system refuses to go beyond as it does on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, limits[1]))
    try:
        with pytest.raises(OSError, match="keyword index cannot be written"):
            fill(index, {row: " ".join(f"w{row}x{n}" for n in range(200)) for row in range(100, 120)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    with suppress(OSError):
        index.release()
    assert found(index, "fish") == [3, 1] and index.ids() == [1, 2, 3, 40]
    fill(index, {5: "fresh fish"})
    assert 5 in found(index, "fish")


def test_an_erased_index_is_gone(index: SparseIndex, tmp_path: Path) -> None:
    index.release()
    assert SparseIndex.exists(tmp_path / "sparse")
    SparseIndex.erase(tmp_path / "sparse")
    assert not SparseIndex.exists(tmp_path / "sparse")
    SparseIndex.erase(tmp_path / "sparse")


def test_stop_words_are_those_of_the_questions_own_language() -> None:
    """One German document must not take "war" and "die" out of English questions."""
    assert ("war",) in question_terms("How did the war end?", ["en", "de"])
    assert ("war",) not in question_terms("Wann war die Schlacht bei Wien?", ["en", "de"])


@given(
    st.text(st.one_of(st.characters(), st.sampled_from(" \u00a0\u3000\n-'.éﬁİ東京ไทย한\u0301\u200b\ud800"))),
    st.sampled_from([None, "en", "de", "tr"]),
)
def test_words_remembered_give_the_terms_of_the_whole_text(text: str, language: str | None) -> None:
    terms = RowTerms(language)
    assert sorted(terms(text).split()) == sorted(terms(text).split()) == sorted(index_terms(text, language))


def test_half_a_character_hides_no_word_beside_it(index: SparseIndex) -> None:
    """JSON and broken files may contain lone surrogates, which the engine does not take."""
    fill(index, {5: "a grey\ud800kingfisher \udc80 東\ud800京"})
    assert found(index, "\udfff kingfisher\ud800") == [5] and found(index, "東") == [5]
    assert set(index.weigh("grey \ud800")) == {("grey",)}
    assert content_terms("the grey\ud800owl", "en") == ["grey", "owl"]
