"""Vectors as bytes: one vector in half precision, several in 8 bit with a scale each.

Half precision moves a component of a unit vector by at most 2⁻¹², and 8 bit with the row's own scale by half of its
largest component / 127: the cosine of two sentences moves by about 0.0005 (standard deviation), far too little to
change a ranking.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def pack_vector(vector: Floats) -> bytes:
    """``(dim,)`` float32 → ``2 · dim`` bytes."""
    return bytes(vector.astype("<f2").tobytes())


def unpack_vector(data: bytes) -> Floats:
    """The inverse of ``pack_vector``: ``(dim,)`` float32."""
    return np.frombuffer(data, dtype="<f2").astype(np.float32)


def pack_rows(rows: Floats) -> bytes:
    """``(n, dim)`` float32 → ``n · (dim + 4)`` bytes: first all scales (float32), then all rows (int8)."""
    scales = np.abs(rows).max(axis=1, initial=0.0).astype("<f4") / 127
    safe = np.where(scales > 0, scales, 1).astype(np.float32)
    return bytes(scales.tobytes() + np.rint(rows / safe[:, None]).astype(np.int8).tobytes())


def unpack_rows(data: bytes, dim: int) -> Floats:
    """The inverse of ``pack_rows``: ``(n, dim)`` float32; ``dim`` must be the one it was packed with."""
    count = len(data) // (dim + 4)
    scales = np.frombuffer(data, dtype="<f4", count=count)
    rows = np.frombuffer(data, dtype=np.int8, offset=4 * count).reshape(count, dim)
    return np.asarray(rows.astype(np.float32) * scales[:, None], dtype=np.float32)
