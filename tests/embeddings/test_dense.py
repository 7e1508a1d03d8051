"""The vector index against values worked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from embeddings import DenseIndex, IndexDamaged

ROWS = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32)
IDS = np.array([10, 7, 30, 5_000_000_000], np.int64)


@pytest.fixture
def index() -> DenseIndex:
    made = DenseIndex(2)
    made.add(IDS, ROWS)
    return made


def vector(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


def test_the_nearest_come_first_with_their_inner_products(index: DenseIndex) -> None:
    ids, scores = index.search(vector(0.8, 0.6), 3)
    assert ids.tolist() == [7, 10, 30]
    assert scores == pytest.approx([0.96, 0.8, 0.6], abs=1e-3)  # half precision


def test_the_question_need_not_have_length_one(index: DenseIndex) -> None:
    ids, scores = index.search(vector(3, 0), 4)
    assert ids.tolist() == [10, 7, 30, 5_000_000_000]
    assert scores == pytest.approx([3, 1.8, 0, -3], abs=3e-3)


def test_k_beyond_the_size_gives_what_there_is(index: DenseIndex) -> None:
    ids, scores = index.search(vector(1, 0), 100)
    assert len(ids) == len(scores) == 4 and (ids >= 0).all()


@pytest.mark.parametrize("k", [0, -1])
def test_k_below_one_gives_nothing(index: DenseIndex, k: int) -> None:
    assert len(index.search(vector(1, 0), k)[0]) == 0


def test_an_empty_index_gives_nothing() -> None:
    empty = DenseIndex(2)
    assert len(empty) == 0 and empty.ids().tolist() == [] and empty.vectors().shape == (0, 2)
    assert [part.tolist() for part in empty.search(vector(1, 0), 5)] == [[], []]


def test_a_filter_acts_before_the_k_are_taken(index: DenseIndex) -> None:
    ids, scores = index.search(vector(1, 0), 1, only=np.array([30, 5_000_000_000]))
    assert ids.tolist() == [30] and scores == pytest.approx([0], abs=1e-3)
    assert index.search(vector(1, 0), 10, only=np.array([10, 999]))[0].tolist() == [10]
    assert index.search(vector(1, 0), 10, only=np.array([], np.int64))[0].tolist() == []


def test_removed_rows_are_not_found_and_unknown_ids_are_passed_over(index: DenseIndex) -> None:
    assert index.remove(np.array([10, 999])) == 1
    assert index.remove(np.array([], np.int64)) == 0
    assert index.search(vector(1, 0), 4)[0].tolist() == [7, 30, 5_000_000_000]
    assert sorted(index.ids().tolist()) == [7, 30, 5_000_000_000]


def test_vectors_come_in_the_order_of_ids(index: DenseIndex) -> None:
    index.remove(np.array([7]))
    kept = dict(zip(index.ids().tolist(), index.vectors().tolist(), strict=True))
    assert kept == {10: [1, 0], 30: [0, 1], 5_000_000_000: [-1, 0]}


def test_a_removed_id_can_be_added_again_with_another_vector(index: DenseIndex) -> None:
    index.remove(np.array([10]))
    index.add(np.array([10]), vector(0, -1)[None])
    ids, scores = index.search(vector(0, -1), 1)
    assert ids.tolist() == [10] and scores == pytest.approx([1])


@pytest.mark.parametrize("rows", [np.ones((1, 3), np.float32), np.ones(2, np.float32)])
def test_rows_of_another_width_are_refused_with_both_widths(index: DenseIndex, rows: np.ndarray) -> None:
    with pytest.raises(ValueError, match="width 2"):
        index.add(np.array([1]), rows)
    with pytest.raises(ValueError, match="width 2"):
        index.search(np.ones(3, np.float32), 1)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused(index: DenseIndex, value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        index.add(np.array([1]), vector(value, 0)[None])


def test_as_many_ids_as_rows(index: DenseIndex) -> None:
    with pytest.raises(ValueError, match="2 ids for 1"):
        index.add(np.array([1, 2]), vector(1, 0)[None])
    assert len(index) == 4


def test_what_was_saved_is_read_again(index: DenseIndex, tmp_path: Path) -> None:
    index.save(tmp_path / "new" / "index.faiss")
    again = DenseIndex.load(tmp_path / "new" / "index.faiss", 2)
    assert again.ids().tolist() == IDS.tolist() and len(again) == 4
    assert again.search(vector(0.8, 0.6), 1)[0].tolist() == [7]
    again.remove(np.array([7]))
    again.save(tmp_path / "new" / "index.faiss")
    assert len(DenseIndex.load(tmp_path / "new" / "index.faiss", 2)) == 3
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["index.faiss"]


def test_a_file_that_cannot_be_read_is_damaged(index: DenseIndex, tmp_path: Path) -> None:
    path = tmp_path / "index.faiss"
    index.save(path)
    data = path.read_bytes()
    for damaged in (b"", b"x", b"nonsense" * 50, data[:20], data[: len(data) // 2], data[:-1]):
        path.write_bytes(damaged)
        with pytest.raises(IndexDamaged, match=r"index\.faiss"):
            DenseIndex.load(path, 2)
    with pytest.raises(IndexDamaged):
        DenseIndex.load(tmp_path / "missing", 2)


def test_an_index_of_another_width_or_kind_is_damaged(index: DenseIndex, tmp_path: Path) -> None:
    import faiss

    index.save(tmp_path / "narrow")
    with pytest.raises(IndexDamaged, match="not an index of width 3"):
        DenseIndex.load(tmp_path / "narrow", 3)
    faiss.write_index(faiss.IndexFlatIP(2), str(tmp_path / "flat"))
    with pytest.raises(IndexDamaged):
        DenseIndex.load(tmp_path / "flat", 2)


def test_a_place_that_cannot_be_written_is_an_os_error(index: DenseIndex, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        index.save(tmp_path / "file" / "index.faiss")
