"""A cluster on this machine: worker processes sized to it, and nothing of them left afterwards."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import tempfile
import weakref
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import dask.config
from dask.system import CPU_COUNT
from distributed import LocalCluster, Nanny, Status
from distributed.system import MEMORY_LIMIT

from autograder.catalog import COURSE_VARIABLE
from autograder.errors import AutograderError

#: What a worker needs at its peak: a zygote with TensorFlow in it, a student box, a model box.
_WORKER_MEMORY_MIB = 3072
_CLOSING_S = 5.0
_CONFIG = {
    "distributed.scheduler.allowed-failures": 3,
    # Nobody waits behind a long one while another worker is idle.
    "distributed.scheduler.worker-saturation": 1.0,
    # Else every process looks at its own event loop fifty times a second.
    "distributed.admin.tick.interval": "1s",
    # A worker that dies is replaced within seconds; where none is, nobody waits for ever.
    "distributed.scheduler.no-workers-timeout": "120s",
    # No pages: on a shared machine they would be anybody's to read.
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Dask would set thread counts in this process's environment, and so in whatever it starts.
    "distributed.nanny.pre-spawn-environ": {},
    "distributed.worker.profile.enabled": False,
    # A submission may be 20 MiB.
    "distributed.admin.large-graph-warning-threshold": "64MiB",
}


def fitting_workers() -> int:
    """Return how many workers the cores and the memory of this machine allow for, at least one."""
    return max(1, min(int(CPU_COUNT), int(MEMORY_LIMIT) // (_WORKER_MEMORY_MIB * 2**20)))


class _Nanny(Nanny):  # type: ignore[misc]
    """Starts a worker process to which the terminal's Ctrl-C does not get."""

    started: weakref.WeakSet[_Nanny]

    async def instantiate(self) -> Any:
        self.started.add(self)
        if hasattr(signal, "pthread_sigmask"):
            resource_tracker.ensure_running()  # at its start it would unblock what we block
            # Of this thread, the event loop's, and of what it starts; the main thread still hears.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        return await super().instantiate()


class LocalWorkers:
    """A scheduler in this process, and worker processes; they speak TLS on the loopback device.

    Without TLS, whoever else has an account on this machine could have the workers run anything.

    Args:
        workers: How many processes; as many as fit if None.
        course_root: The course that the workers grade for.
    """

    def __init__(self, workers: int | None, course_root: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="autograder-cluster-"))
        self._folder.chmod(0o711)  # sandboxes of root's run as another user, and look in here
        private = self._folder / "dask"
        private.mkdir(mode=0o700)
        self._nannies: weakref.WeakSet[_Nanny] = weakref.WeakSet()
        self.cluster: LocalCluster | None = None
        environment = {
            COURSE_VARIABLE: str(course_root),
            **{name: str(self._folder) for name in ("TMPDIR", "TEMP", "TMP")},
        }
        try:
            with dask.config.set({**_CONFIG, "temporary-directory": str(private)}):
                self.cluster = LocalCluster(
                    n_workers=workers or fitting_workers(),
                    threads_per_worker=1,
                    worker_class=type("_Nanny", (_Nanny,), {"started": self._nannies}),
                    host="127.0.0.1",
                    security=True,
                    dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
                    silence_logs=logging.CRITICAL,
                    memory_limit=0,  # boxes are bounded one by one; there is no other data
                    local_directory=str(private),
                    env=environment,
                    preload=["autograder.edges.cluster_worker"],
                )
        except BaseException as error:
            logging.getLogger("distributed").setLevel(logging.CRITICAL)
            logging.getLogger("asyncio").addFilter(_tells_no_start)
            self.kill()
            self.close()
            if isinstance(error, Exception):
                raise AutograderError(f"The workers could not be started: {error}") from error
            raise

    def kill(self) -> None:
        """End the workers at once, whatever they are at. Their sandboxes die with them."""
        for nanny in list(self._nannies):
            nanny.status = Status.failed  # so that it starts no other worker
            if (pid := nanny.pid) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))

    def close(self) -> None:
        """End workers and scheduler, and remove what they wrote."""
        if self.cluster is not None:
            with contextlib.suppress(Exception):  # whatever it is, the workers are killed
                self.cluster.close(timeout=_CLOSING_S)
        self.kill()
        self._remove_folder()

    def _remove_folder(self) -> None:
        with contextlib.suppress(OSError):
            for target in self._folder.glob("autograder-*/bind*"):
                target.rmdir()  # never rmtree: were a bind seen here, it would be the interpreter
            shutil.rmtree(self._folder, ignore_errors=True)


def _tells_no_start(record: logging.LogRecord) -> bool:
    """Keep out of the log that a worker which we ended while it started has not started."""
    return not (record.exc_info and str(record.exc_info[1]).startswith("_Nanny failed"))
