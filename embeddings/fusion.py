"""Merging the scores of two searches."""

from collections.abc import Sequence


def fuse(cosines: Sequence[float | None], bm25: Sequence[float], weight: float) -> list[float]:
    """One score per candidate: ``weight · cosine + (1 − weight) · bm25 / best bm25``; higher is better.

    ``cosines[i]`` is None where a candidate has no vector yet. Its words then stand in for the missing half, scaled
    by the best cosine (1 where no candidate has one), so that a candidate that is only waiting for its vector is
    neither put last nor first because of that. Negative cosines count as 0. FACTS.md: with the best sentence's
    cosine and weight 0.6 this measured better than reciprocal rank fusion.
    """
    best = max(bm25, default=0.0)
    ceiling = max((c for c in cosines if c is not None), default=1.0)
    shares = [words / best if best > 0 else 0.0 for words in bm25]
    meanings = (share * ceiling if c is None else c for c, share in zip(cosines, shares, strict=True))
    return [weight * max(meaning, 0.0) + (1 - weight) * share for meaning, share in zip(meanings, shares, strict=True)]
