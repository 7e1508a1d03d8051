"""Serves the page for a library. ``app.py`` and ``qa chat`` call ``serve``."""

from __future__ import annotations

import errno
import os
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import VerbatimError
from qa.library import Library
from qa.web.jobs import Background
from qa.web.security import Access, Guard, check_exposure

if TYPE_CHECKING:
    import uvicorn
    from starlette.types import ASGIApp

PASSWORD_VARIABLE = "VERBATIM_PASSWORD"
PORTS_TRIED = 20
_LISTENING_SECONDS = 60.0


def build_app(
    library: Library, background: Background, *, access: Access | None = None, examples: Sequence[str] = ()
) -> ASGIApp:
    """The whole page as one ASGI application with every check around it. Starts no work of its own."""
    from qa.web import gradio_bridge
    from qa.web.chat import Chat
    from qa.web.page_pictures import PagePictures
    from qa.web.routes.app import make_app
    from qa.web.state import PageState
    from qa.web.suggestions import Suggestions

    access = access or Access()
    page = PageState(library, background, Suggestions(library, examples), PagePictures(library), access)
    app = make_app(page)
    gradio_bridge.mount(app, Chat(library, background, page.queue, lambda: page.writer_choice.writer))
    return Guard(app, access, library.settings.max_file_bytes, gradio_bridge.OPEN_ROUTES)


def serve(
    library: Library,
    *,
    paths: Sequence[Path] = (),
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = True,
    examples: Sequence[str] = (),
) -> None:
    """Serve the page until interrupted; ``paths`` are added in the background, with their progress shown in the page.

    If the port is taken, the next free one is used. Raises ``VerbatimError`` when others could reach the page without a
    password (environment variable ``VERBATIM_PASSWORD``), or when no port is free.
    """
    access = check_exposure(host, os.environ.get(PASSWORD_VARIABLE) or None)
    listener = listen(host, port)
    sys.stderr.write("Starting the page…\n")
    from qa.web.connections import make_server

    background = Background(library)
    server = make_server(build_app(library, background, access=access, examples=examples))
    url = page_url(host, listener.getsockname()[1])
    threading.Thread(target=_once_listening, args=(server, background, paths, url, open_browser), daemon=True).start()
    try:
        server.run(sockets=[listener])
    finally:
        background.close()
        listener.close()


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to ``port`` or, if it is taken, to the next free one; port 0 lets the system choose."""
    for number in range(port, min(port + PORTS_TRIED, 65_536)):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host.strip("[]"), number))
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise VerbatimError(f"Cannot serve on {host}, port {number}: {error.strerror}.") from error
        else:
            return listener
    raise VerbatimError(f"Ports {port} to {port + PORTS_TRIED - 1} are all taken; choose another with --port.")


def page_url(host: str, port: int) -> str:
    """The URL at which this machine's browser reaches the page."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host).strip("[]")
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def _once_listening(
    server: uvicorn.Server, background: Background, paths: Sequence[Path], url: str, open_browser: bool
) -> None:
    """Start the background work and open the browser only when the page can be reached."""
    deadline = time.monotonic() + _LISTENING_SECONDS
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.05)
    sys.stderr.write(f"Verbatim is at {url} (Ctrl+C to stop)\n")
    if open_browser:
        webbrowser.open(url)
    background.start(paths)
