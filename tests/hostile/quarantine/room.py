"""What stands outside: a course with its secrets, a neighbour's folder, and somebody who listens."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import selectors
import shutil
import socket
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from quarantine.files import HANDED_IN

BOOK = {"ada": 5, "ben": 2}
ANSWERS = {
    "and": [0, 0, 0, 1],
    "or": [0, 1, 1, 1],
    "xor": [0, 1, 1, 0],
    "parameters": 3,
    "activation": "sigmoid",
}


class Room:
    """A folder for one attack: `course` as the naive grader keeps it, `outside`, `home`, `tmp`.

    Everybody may read and write all of it: what keeps an attack out is no file's mode.
    """

    def __init__(self, folder: Path, secret: str) -> None:
        self.folder = folder
        self.secret = secret
        self.course = folder / "course"
        self.outside = folder / "outside"
        for one in (self.course, self.outside, folder / "home", folder / "tmp"):
            one.mkdir()
        (self.outside / "secret.txt").write_text(f"{secret}\n")
        (self.outside / "notes.txt").write_text("1, 2, 3\n")
        tests = (HANDED_IN / "hidden_tests.py").read_text().replace("__SECRET__", secret)
        (self.course / "test_hidden.py").write_text(tests)
        (self.course / "answers.json").write_text(json.dumps({"secret": secret, **ANSWERS}))
        (self.course / "gradebook.json").write_text(json.dumps(BOOK))
        (self.course / "memo.json").write_text("{}")
        shutil.copy(HANDED_IN / "innocent.py", self.course / "innocent.py")
        for one in (folder, *folder.rglob("*")):
            one.chmod(0o777 if one.is_dir() else 0o666)

    def state(self, *folders: str) -> dict[str, str]:
        """Return a line for everything below the folders: kind, mode, content."""
        found = {}
        for name in folders or (".",):
            for path in sorted((self.folder / name).rglob("*")):
                told = path.lstat()
                line = stat.filemode(told.st_mode)
                if stat.S_ISLNK(told.st_mode):
                    line += f" {path.readlink()}"
                elif stat.S_ISREG(told.st_mode):
                    line += f" {hashlib.sha256(path.read_bytes()).hexdigest()}"
                found[str(path.relative_to(self.folder))] = line
        return found


@contextlib.contextmanager
def room(secret: str) -> Iterator[Room]:
    """Make a room, and take it away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-"))
    try:
        yield Room(folder, secret)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Listener(threading.Thread):
    """Listens outside, at one port number, over TCP, UDP, and a socket without a file.

    Attributes:
        heard: The first bytes of each connection and datagram.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.heard: list[bytes] = []
        self._selector = selectors.DefaultSelector()
        tcp = socket.create_server(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        servers = [tcp]
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", self.port))
        with contextlib.suppress(OSError):  # a machine without IPv6
            servers.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        if hasattr(os, "O_PATH"):  # Linux alone has names without files
            servers.append(socket.socket(socket.AF_UNIX))
            servers[-1].bind(f"\0hostile-{self.port}")
            servers[-1].listen()
        for one in servers:
            self._selector.register(one, selectors.EVENT_READ, "server")
        self._selector.register(udp, selectors.EVENT_READ, "datagram")
        self._sockets = [*servers, udp]
        self._ended = False
        self.start()

    def listen_at(self, path: Path) -> None:
        """Listen at a socket that is a file as well."""
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path))
        path.chmod(0o777)
        server.listen()
        self._sockets.append(server)
        self._selector.register(server, selectors.EVENT_READ, "server")

    def run(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(0.1):
                one = key.fileobj
                assert isinstance(one, socket.socket)
                with contextlib.suppress(OSError):
                    if key.data == "datagram":
                        self.heard.append(one.recv(100))
                        continue
                    connection, _ = one.accept()
                    with connection:
                        connection.settimeout(2)
                        self.heard.append(b"connected")
                        self.heard.append(connection.recv(100))

    def close(self) -> None:
        self._ended = True
        self.join()
        for one in self._sockets:
            one.close()
