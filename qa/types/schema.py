"""The JSON schema of an answer: ``python -m qa.types.schema > docs/answer.schema.json``."""

from __future__ import annotations

import json
import sys
from typing import Any

from qa.codec import schema
from qa.types.answers import Answer


def answer_schema() -> dict[str, Any]:
    """The schema of ``Answer.to_dict()``: every property is there, and no others."""
    found = schema(Answer)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_closed(found)}


def _closed(part: Any) -> Any:
    if isinstance(part, list):
        return [_closed(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {key: _closed(value) for key, value in part.items() if key != "title" or not isinstance(value, str)}
    return {**closed, "additionalProperties": False} if "properties" in part else closed


if __name__ == "__main__":
    sys.stdout.write(json.dumps(answer_schema(), ensure_ascii=False, indent=2) + "\n")
