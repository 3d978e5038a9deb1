"""The tasks that are on a cluster: each once, started again where that is fair, and collected."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from distributed import Client
from distributed.scheduler import NoWorkerError

from autograder.edges.cluster.tasks import Graded, GradingTask, Refused
from autograder.edges.cluster.versions import different, missing_package
from autograder.errors import AutograderError, UsageError
from autograder.records import OUR_FAULT, Check, Isolation, Report, Status, Verdict

Function = Callable[[GradingTask], Graded | Refused]

_LOG = logging.getLogger("autograder")
_MOST_REPORTS = 500
_BATCH = 200
#: After so many seconds without a result, look whether there are workers.
LOOK_S = 15.0


@dataclass(slots=True)
class _Running:
    """A task on the cluster: Dask's future, and the one that waits for the report."""

    key: str
    task: GradingTask
    shared: Future[Report]
    remote: Any = None
    again: bool = False


class TaskQueue:
    """Has a cluster run tasks; all who ask for the same content get one future.

    Args:
        client: The cluster's.
        function: What its workers run.
        facts: What must hold for a worker; this machine's.
        checks: Gives the hidden checks of an exercise, for a task that came to no result.
        look_s: After so many seconds without a result, look whether there are workers.
    """

    def __init__(
        self,
        client: Client,
        function: Function,
        facts: Mapping[str, str],
        checks: Callable[[str], Sequence[Check]],
        *,
        look_s: float = LOOK_S,
    ) -> None:
        self._client = client
        self._function = function
        self._facts = facts
        self._checks = checks
        self._look_s = look_s
        self._lock = threading.Lock()
        self._closed = False
        self._running: dict[str, _Running] = {}
        self._reports: OrderedDict[str, Report] = OrderedDict()
        self._done: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._collect, name="collect", daemon=True).start()

    def close(self) -> bool:
        """Cancel what is not done; return whether there was anything."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
            self._running.clear()
        self._done.put(None)
        for job in running:
            job.shared.cancel()
        return bool(running)

    def ask(self, task: GradingTask) -> Future[Report]:
        """Return the future of this content's report, starting the task if there is none.

        Raises:
            AutograderError: The queue was closed.
        """
        key = task.key
        with self._lock:
            if self._closed:
                raise AutograderError("A cluster that was closed grades nothing.")
            if key in self._running:
                return self._running[key].shared
            shared: Future[Report] = Future()
            if key in self._reports:
                shared.set_result(self._reports[key])
                return shared
            job = self._running[key] = _Running(key, task, shared)
            self._start(job, key)
        return shared

    def _start(self, job: _Running, name: str, **where: Any) -> None:
        # The task of a worker that dies is started again elsewhere by Dask itself.
        job.remote = self._client.submit(self._function, job.task, key=name, retries=1, **where)
        job.remote.add_done_callback(lambda _: self._done.put(job.key))

    def _collect(self) -> None:
        """Take results as they come, several together where several are ready."""
        missed = False
        for keys in _batches(self._done, self._look_s):
            if not keys:
                missed = self._look_for_workers(missed)
                continue
            with self._lock:
                batch = [self._running[key] for key in keys if key in self._running]
            for job, outcome in self._outcomes(batch):
                if self._closed:
                    return
                self._take(job, outcome)

    def _look_for_workers(self, missed: bool) -> bool:
        """Say so where no worker is left; return whether none is. They may come back."""
        if not self._running:
            return missed
        try:
            none = not self._client.nthreads()
        except Exception:  # noqa: BLE001 - a lost scheduler shows in its tasks
            return missed
        if none and not missed:
            _LOG.warning(
                "The scheduler has no workers now; %d tasks wait for some. Ctrl-C gives them up.",
                len(self._running),
            )
        return none

    def _outcomes(self, batch: list[_Running]) -> Iterator[tuple[_Running, Any]]:
        """Yield what came of tasks that are done; an exception is an outcome too."""
        good = [job for job in batch if job.remote.status == "finished"]
        try:
            yield from zip(good, self._client.gather([job.remote for job in good]), strict=True)
        except Exception:  # noqa: BLE001 - one of them was lost on the way: they come one by one
            good = []
        for job in batch:
            if job not in good:
                try:
                    yield job, job.remote.result()
                except BaseException as error:  # noqa: BLE001 - a cancelled task is no Exception
                    yield job, error

    def _take(self, job: _Running, outcome: Any) -> None:
        if isinstance(outcome, BaseException):
            self._broken(job, outcome)
        elif isinstance(outcome, Refused):
            reason = outcome.reason or different(outcome.worker, outcome.facts, self._facts)
            self._finish(job, UsageError(reason))
        elif not _is_internal(outcome.report):
            with self._lock:
                self._reports[job.key] = outcome.report
                if len(self._reports) > _MOST_REPORTS:
                    self._reports.popitem(last=False)
            self._finish(job, outcome.report)
        elif job.again:
            self._finish(job, outcome.report)
        else:
            self._again(job, outcome.worker)

    def _again(self, job: _Running, but_not: str) -> None:
        """Grade once more what failed by our own fault, on another worker where there is one."""
        job.again = True
        other_workers = [name for name in self._client.nthreads() if name != but_not]
        where = {"workers": other_workers, "allow_other_workers": True} if other_workers else {}
        self._start(job, f"{job.key}-again", **where)

    def _broken(self, job: _Running, error: BaseException) -> None:
        """A task came to no result: the cluster's fault, which costs no student a point."""
        if job.remote.status in ("cancelled", "lost"):
            message = f"The cluster must stay until all is graded. Received: {error} Grade again."
            self._finish(job, AutograderError(message))
        elif isinstance(error, NoWorkerError):
            message = "A cluster must have workers. Received: none for a while. Grade again."
            self._finish(job, AutograderError(message))
        elif missing := missing_package(error):
            self._finish(job, missing)
        else:
            checks = self._checks(job.task.exercise)
            verdicts = [Verdict(check, Status.INTERNAL, OUR_FAULT, repr(error)) for check in checks]
            report = Report("", job.task.exercise, tuple(verdicts), Isolation.NONE, {})
            self._finish(job, report)

    def _finish(self, job: _Running, outcome: Report | Exception) -> None:
        with self._lock:
            self._running.pop(job.key, None)
        with contextlib.suppress(Exception):  # closed meanwhile, and so cancelled
            if isinstance(outcome, Report):
                job.shared.set_result(outcome)
            else:
                job.shared.set_exception(outcome)


def _is_internal(report: Report) -> bool:
    return any(verdict.status is Status.INTERNAL for verdict in report.verdicts)


def _batches(items: queue.SimpleQueue[str | None], patience_s: float) -> Iterator[list[str]]:
    """Yield what is in the queue, nothing where nothing comes for long, until a None."""
    while True:
        try:
            batch = [items.get(timeout=patience_s)]
        except queue.Empty:
            yield []
            continue
        with contextlib.suppress(queue.Empty):
            while len(batch) < _BATCH:
                batch.append(items.get_nowait())
        if None in batch:
            return
        yield [job for job in batch if job is not None]
