"""A cluster on this machine: worker processes sized to it, which leave nothing behind."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import weakref
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import dask.config
from dask.system import CPU_COUNT
from distributed import LocalCluster, Nanny, Status
from distributed.system import MEMORY_LIMIT

from autograder.course.catalog import COURSE_VARIABLE
from autograder.errors import AutograderError
from autograder.sandbox.scratch import make_folder, remove_folder

#: What a worker needs at its peak: a zygote with TensorFlow in it, a student box, a model box.
_WORKER_MEMORY_MIB = 3072
_CLOSING_S = 5.0
#: What Dask is told, here and in the workers.
DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": 3,
    # No submission waits behind a long one while another worker is idle.
    "distributed.scheduler.worker-saturation": 1.0,
    # Else every process looks at its own event loop fifty times a second.
    "distributed.admin.tick.interval": "1s",
    # A worker that dies is replaced within seconds; where none is, nothing waits for ever.
    "distributed.scheduler.no-workers-timeout": "120s",
    # No pages: on a shared machine anybody could read them.
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
    """Starts a worker process that the terminal's Ctrl-C does not reach."""

    started: weakref.WeakSet[_Nanny]

    async def instantiate(self) -> Any:
        self.started.add(self)
        if hasattr(signal, "pthread_sigmask"):
            resource_tracker.ensure_running()  # at its start it would unblock what we block
            # Blocked in this thread, the event loop's, and in what it starts; not in the main one.
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        return await super().instantiate()


class LocalWorkers:
    """A scheduler in this process, and worker processes; they speak TLS on the loopback device.

    Without TLS, any other account on this machine could have the workers run anything.

    Args:
        workers: How many processes; as many as fit if None.
        course_root: The course that the workers grade for.
    """

    def __init__(self, workers: int | None, course_root: Path) -> None:
        self._folder = make_folder("cluster")
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
            with dask.config.set({**DASK_SETTINGS, "temporary-directory": str(private)}):
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
                    preload=["autograder.edges.cluster.worker"],
                )
        except BaseException as error:
            logging.getLogger("distributed").setLevel(logging.CRITICAL)
            logging.getLogger("asyncio").addFilter(_is_other_record)
            self.kill()
            self.close()
            if isinstance(error, Exception):
                raise AutograderError(f"The workers could not be started: {error}") from error
            raise

    def kill(self) -> None:
        """Kill the workers without waiting for their tasks. Their sandboxes die with them."""
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
        remove_folder(self._folder)


def _is_other_record(record: logging.LogRecord) -> bool:
    """Keep a worker that we ended during its start out of the log."""
    return not (record.exc_info and str(record.exc_info[1]).startswith("_Nanny failed"))
