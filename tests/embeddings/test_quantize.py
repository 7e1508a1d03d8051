"""Vectors as bytes and back: how far they may move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from embeddings import pack_rows, pack_vector, unpack_rows, unpack_vector

ROWS = arrays(np.float32, st.tuples(st.integers(0, 5), st.just(8)), elements=st.floats(-1, 1, width=32))


@given(arrays(np.float32, 8, elements=st.floats(-1, 1, width=32)))
def test_a_vector_moves_by_half_of_the_last_bit(vector: np.ndarray) -> None:
    data = pack_vector(vector)
    assert len(data) == 16
    assert np.abs(unpack_vector(data) - vector).max() <= 2**-12


@given(ROWS)
def test_a_row_moves_by_half_a_step_of_its_own_scale(rows: np.ndarray) -> None:
    data = pack_rows(rows)
    assert len(data) == len(rows) * 12
    again = unpack_rows(data, 8)
    assert again.shape == rows.shape and again.dtype == np.float32
    steps = np.abs(rows).max(axis=1, initial=0.0, keepdims=True) / 127
    assert (np.abs(again - rows) <= steps * 0.5001 + 1e-30).all()


def test_rows_of_zeros_and_no_rows_stay_what_they_are() -> None:
    assert unpack_rows(pack_rows(np.zeros((2, 4), np.float32)), 4).tolist() == [[0] * 4] * 2
    assert unpack_rows(pack_rows(np.zeros((0, 4), np.float32)), 4).shape == (0, 4)


def test_the_cosine_of_two_rows_hardly_moves() -> None:
    rows = np.random.default_rng(0).normal(size=(200, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    again = unpack_rows(pack_rows(rows), 384)
    assert (again[1:] @ rows[0]) == pytest.approx(rows[1:] @ rows[0], abs=0.002)
