"""Runs the naive grader where it can hurt nobody, and tells what an attack made of it.

The naive grader has no walls of its own; that is the point. It runs under a seat belt all the
same: a file system that is read-only outside its room, processes that all die with it, and a
watcher that ends it at 1.5 GiB, 64 processes or its time.
"""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence

import psutil

from autograder.sandbox.bwrap import find_bwrap
from quarantine.files import FOLDER, Attack, handed_in
from quarantine.looking import Naive, look
from quarantine.room import Listener, Room, room

MEMORY_BYTES = 1.5 * 2**30
PROCESSES = 64
THREADS = 150
DISK_BYTES = 100 * 2**20
FILES = 10_000
TIME_S = 40.0
HANGING_TIME_S = 5.0  # where it is known to hang


def works() -> bool:
    """Say whether this machine has a seat belt."""
    bwrap = find_bwrap()
    if bwrap is None:
        return False
    argv = [bwrap, "--unshare-pid", "--ro-bind", "/", "/", "true"]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0


def run(
    attack: Attack | None,
    secret: str,
    control: Naive | None = None,
    source: bytes = b"",
    time_s: float = TIME_S,
) -> Naive:
    """Let the naive grader mark a submission, and then the innocent one.

    Args:
        attack: What is appended to the base; the base alone if None.
        secret: Stands in the room's files, the environment and the arguments.
        control: What became of it without an attack.
        source: Handed in in place of the base.
        time_s: When it is ended.
    """
    listener = Listener()
    with room(secret) as outside:
        _prepare(outside, listener, attack, source)
        listener.listen_at(outside.outside / "socket")
        before = outside.state("outside")
        ended = _watched(outside, time_s)
        time.sleep(0.15 if attack and attack.group == "network" else 0)
        listener.close()
        result = look(outside, ended, before, control)
        if listener.heard:
            result.seen["connects"] = repr(listener.heard)
    return result


def run_with_keras(attacks: Sequence[Attack | None], secret: str) -> list[Naive]:
    """Do the same for attacks that need Keras, which is imported once for all of them.

    The first of `attacks` is the control; it is None.
    """
    listener = Listener()
    with contextlib.ExitStack() as stack:
        rooms = [stack.enter_context(room(secret)) for _ in attacks]
        stack.callback(listener.close)
        before = [
            _prepare(outside, listener, attack)
            for outside, attack in zip(rooms, attacks, strict=True)
        ]
        folders = [str(outside.folder) for outside in rooms]
        script = [
            str(FOLDER / "quarantine" / "keras_runs.py"),
            str(FOLDER / "naive.py"),
            secret,
            *folders,
        ]
        with (rooms[0].folder / "log").open("wb") as log:
            subprocess.run(
                [*_belt(folders, folders[0]), sys.executable, "-B", *script],
                env=_environment(rooms[0]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=60 + 25 * len(attacks),
                check=True,
            )
        results: list[Naive] = []
        for outside, state in zip(rooms, before, strict=True):
            ended = (outside.folder / "status").read_text()
            results.append(look(outside, ended, state, results[0] if results else None))
    return results


def _prepare(
    outside: Room, listener: Listener, attack: Attack | None, source: bytes = b""
) -> dict[str, str]:
    """Hand a submission in, and return what stands outside."""
    notebook = attack is not None and attack.notebook
    name = "submission.ipynb" if notebook else "submission.py"
    handed = source or handed_in(attack, outside.folder, listener.port)
    (outside.course / name).write_bytes(handed)
    return outside.state("outside")


def _belt(folders: Sequence[str], folder: str) -> list[str]:
    argv = [str(find_bwrap()), "--die-with-parent", "--unshare-pid", "--unshare-ipc"]
    argv += ["--new-session", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev"]
    argv += ["--proc", "/proc"]
    argv += [word for one in folders for word in ("--bind", one, one)]
    return [*argv, "--chdir", folder, "--"]


def _environment(outside: Room) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(outside.folder / "home"),
        "TMPDIR": str(outside.folder / "tmp"),
        "LANG": "C.UTF-8",
        "NAIVE_SECRET": outside.secret,
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
    }


def _watched(outside: Room, time_s: float) -> str:
    """Run the naive grader; return its exit status, or the kind of its end if it was ended."""
    naive = [sys.executable, "-B", str(FOLDER / "naive.py"), outside.secret]
    argv = [*_belt([str(outside.folder)], str(outside.course)), *naive, "submission", "innocent"]
    ended = ""
    with (outside.folder / "said").open("wb") as said:
        process = subprocess.Popen(
            argv,
            env=_environment(outside),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            preexec_fn=_limit,
        )
        began_s = time.monotonic()
        try:
            while process.poll() is None and not ended:
                ended = _too_much(process.pid, outside)
                if time.monotonic() - began_s > time_s:
                    ended = "hangs"
                time.sleep(0.05)
        finally:
            if ended:
                process.kill()
            process.wait()
    return ended or str(process.returncode)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (128 * 2**20,) * 2)
    resource.setrlimit(resource.RLIMIT_DATA, (2 * 2**30,) * 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _too_much(pid: int, outside: Room) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        tree = psutil.Process(pid).children(recursive=True)
        if len(tree) > PROCESSES:
            return "exhausts"
        memory = threads = 0
        for one in tree:
            with contextlib.suppress(psutil.Error):
                memory += one.memory_info().rss
                threads += one.num_threads()
        files = [path.lstat() for path in outside.course.rglob("*")]
        disk = sum(one.st_blocks * 512 for one in files)
        if memory > MEMORY_BYTES or threads > THREADS or disk > DISK_BYTES or len(files) > FILES:
            return "exhausts"
    return ""
