"""Messages between the program and its reading process: a JSON header and bodies of bytes, lengths first.

Plain data only: the reading process parses hostile files, so nothing it sends is unpickled.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct(">QQ")


class MessageTooLong(Exception):
    """The other side announced a message over the limit."""


def send(stream: IO[bytes], header: dict[str, Any], *bodies: bytes) -> None:
    """Write one message and flush it."""
    encoded = json.dumps([header, *map(len, bodies)], ensure_ascii=False, separators=(",", ":")).encode()
    stream.write(_LENGTHS.pack(len(encoded), sum(map(len, bodies))))
    stream.write(encoded)
    for body in bodies:
        stream.write(body)
    stream.flush()


def receive(stream: IO[bytes], max_bytes: int) -> tuple[dict[str, Any], list[bytes]]:
    """Read one message. Raises ``EOFError`` when the stream ends, ``MessageTooLong`` over ``max_bytes``."""
    header_bytes, body_bytes = _LENGTHS.unpack(_exactly(stream, _LENGTHS.size))
    if header_bytes + body_bytes > max_bytes:
        raise MessageTooLong
    header, *lengths = json.loads(_exactly(stream, header_bytes))
    if not isinstance(header, dict) or sum(lengths) != body_bytes or min(lengths, default=0) < 0:
        raise TypeError("not a message")
    return header, [_exactly(stream, length) for length in lengths]


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
