"""The error rate that is shown with an answer, and its words. See also tests/qa/evaluation/test_evaluate.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.answering.error_rate import ErrorRate, error_rate


def test_without_own_questions_the_error_rate_is_that_of_the_reader_and_says_so(tmp_path: Path) -> None:
    measured = ((0.2, 0.25, 900), (0.5, 0.1, 700))
    assert error_rate(tmp_path, 0.1, measured) is None
    assert error_rate(tmp_path, 0.3, measured) == ErrorRate(0.25, 900, own=False)
    found = error_rate(tmp_path, 0.5, measured)
    assert found is not None and found.words == "On Wikipedia questions about 1 answer in 10 was wrong (n = 700)."
    assert ErrorRate(0.0, 60, own=True).words == "On your own questions no answer was wrong (n = 60)."
    assert ErrorRate(0.45, 60, own=True).words == "On your own questions 45% of the answers were wrong (n = 60)."


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 1, "confidences": [0.5]}', '{"format": 2}'])
def test_a_damaged_file_gives_no_error_rate(tmp_path: Path, content: str) -> None:
    (tmp_path / "evaluation.json").write_text(content)
    assert error_rate(tmp_path, 0.3) is None
