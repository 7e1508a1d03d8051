"""Messages between the program and its reading process: a JSON header and a body of bytes, lengths first.

Plain data only: the reading process parses hostile files, so nothing it sends is unpickled.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct(">QQ")


class MessageTooLong(Exception):
    """The other side announced a message over the limit."""


def send(stream: IO[bytes], header: dict[str, Any], body: bytes = b"") -> None:
    """Write one message and flush it."""
    encoded = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    stream.write(_LENGTHS.pack(len(encoded), len(body)))
    stream.write(encoded)
    stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], max_bytes: int) -> tuple[dict[str, Any], bytes]:
    """Read one message. Raises ``EOFError`` when the stream ends, ``MessageTooLong`` over ``max_bytes``."""
    header_bytes, body_bytes = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    if header_bytes + body_bytes > max_bytes:
        raise MessageTooLong
    header = json.loads(_exactly(stream, header_bytes))
    if not isinstance(header, dict):
        raise TypeError("not a message")
    return header, _exactly(stream, body_bytes)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
