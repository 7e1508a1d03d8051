"""The HTML of Outlook messages (MSG), which are OLE files; only this module knows olefile."""

from __future__ import annotations

import io
import struct

_STREAMS = ("__substg1.0_10130102", "__substg1.0_1013001F")


def html_body(data: bytes) -> bytes | None:
    """The message's body in HTML; None when it has none, or when ``data`` is no OLE file that can be read."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            found = [name for name in _STREAMS if file.exists(name)]
            body: bytes = file.openstream(found[0]).read() if found else b""
    except (LookupError, OSError, RecursionError, TypeError, ValueError, struct.error):
        return None
    if found and found[0] == _STREAMS[1]:
        body = body.decode("utf-16-le", "replace").encode()
    return body.rstrip(b"\0") or None
