"""Small Outlook messages: OLE files of one directory, in sectors of 512 bytes, with streams of 4,096 bytes or more."""

from __future__ import annotations

import struct
from collections.abc import Mapping

_SECTOR = 512
_END, _FAT, _NONE = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SUBJECT, HEADERS, TEXT, SENDER, ADDRESS = "0037001F", "007D001F", "1000001F", "0C1A001F", "0C1F001F"
HTML_BYTES, HTML_TEXT = "10130102", "1013001F"


def message(properties: Mapping[str, str | bytes]) -> bytes:
    """A message with these properties, by identifier and type in hexadecimal digits."""
    values = {
        name: value.encode("utf-16-le") if isinstance(value, str) else value for name, value in properties.items()
    }
    table = b"".join(
        struct.pack("<HHIII", int(name[4:], 16), int(name[:4], 16), 6, len(value), 0) for name, value in values.items()
    )
    streams = {f"__substg1.0_{name}": value for name, value in values.items()}
    return ole({**streams, "__properties_version1.0": bytes(32) + table, "__nameid": b""})


def ole(streams: Mapping[str, bytes]) -> bytes:
    """An OLE file of these streams, filled up with NUL bytes."""
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    sectors: list[bytes] = []
    chain: list[int] = []

    def put(data: bytes) -> int:
        first = len(sectors)
        for start in range(0, len(data), _SECTOR):
            sectors.append(data[start : start + _SECTOR].ljust(_SECTOR, b"\0"))
            chain.append(len(sectors))
        if data:
            chain[-1] = _END
        return first if data else _END

    contents = [streams[name].ljust(4096 if streams[name] else 0, b"\0") for name in names]
    directory = _entry("Root Entry", 5, _NONE, 1, _END, 0)
    for number, (name, content) in enumerate(zip(names, contents, strict=True), 1):
        directory += _entry(name, 2, number + 1 if number < len(names) else _NONE, _NONE, put(content), len(content))
    first_of_directory = put(directory)
    tables = next(count for count in range(1, 100) if len(sectors) + count <= count * 128)
    places = [len(sectors) + index for index in range(tables)]
    table = b"".join(struct.pack("<I", next_one) for next_one in [*chain, *[_FAT] * tables])
    header = _MAGIC + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, first_of_directory, 0, 4096, _END, 0, _END, 0)
    header += b"".join(struct.pack("<I", place) for place in places).ljust(4 * 109, b"\xff")
    return header + b"".join(sectors) + table.ljust(tables * _SECTOR, b"\xff")


def _entry(name: str, kind: int, following: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    numbers = struct.pack("<HBBIII16xI16xIQ", len(raw), kind, 1, _NONE, following, child, 0, start, size)
    return raw.ljust(64, b"\0") + numbers
