"""JupyterLab, started as a person starts it, for a browser that is allowed no other machine."""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from browser import WIDE
from classroom.commands import PROGRAMS

TOKEN, WAIT_S = "of-this-test", 240


@contextmanager
def jupyter_lab(folder: Path, environment: Mapping[str, str], log: Path) -> Iterator[str]:
    """A server in a folder; gives its address, and ends with the `with`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.allow_root": True,
        "IdentityProvider.token": TOKEN,
    }
    command = [str(PROGRAMS / "jupyter"), "lab", *(f"--{n}={v}" for n, v in options.items())]
    with (
        log.open("w") as said,
        subprocess.Popen(
            command, cwd=folder, env=dict(environment), stdout=said, stderr=subprocess.STDOUT
        ) as server,
    ):
        try:
            _wait(f"http://127.0.0.1:{port}/api/status?token={TOKEN}")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait(url: str) -> None:
    end = time.monotonic() + WAIT_S
    while True:
        try:
            urllib.request.urlopen(url, timeout=10).close()
            return
        except (urllib.error.URLError, OSError):
            if time.monotonic() > end:
                raise
            time.sleep(0.5)


class Person:
    """Who looks at a server's pages; what these ask of other machines is refused and kept."""

    def __init__(self, chromium: Any, address: str) -> None:
        self.page = chromium.new_page(viewport={"width": WIDE, "height": 1000})
        self.address = address
        self.refused: list[str] = []
        self.page.set_default_timeout(WAIT_S * 1000)
        self.page.route("**/*", self._local_alone)

    def _local_alone(self, route: Any) -> None:
        if route.request.url.startswith((self.address, "data:", "blob:")):
            route.continue_()
        else:
            self.refused.append(route.request.url)
            route.abort()

    def open(self, place: str) -> None:
        """Go to a place of the server."""
        self.page.goto(f"{self.address}/{place}?token={TOKEN}")
