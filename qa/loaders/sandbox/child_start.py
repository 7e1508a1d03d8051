"""Starts the reading process; run as a file, so that nothing of this package is imported first.

The network is closed before any library is imported, because a process with threads can no longer leave it.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
from importlib import import_module
from pathlib import Path

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000


def leave_network() -> None:
    """Enter a network of its own with nothing in it, where the system allows that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def main() -> None:
    """Serve until the standard input ends."""
    leave_network()
    sys.path.insert(0, str(Path(__file__).parents[3]))
    import_module("qa.loaders.sandbox.child").main()


if __name__ == "__main__":
    main()
