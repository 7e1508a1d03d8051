"""Start the chat page: ``python app.py [paths…]`` is ``qa chat [paths…]``, with the same options."""

from __future__ import annotations

import sys

from qa.cli import main

if __name__ == "__main__":
    main(["chat", *sys.argv[1:]])
