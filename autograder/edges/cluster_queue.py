"""The tasks that are on a cluster: each once, started again where that is fair, and collected."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from distributed import Client
from distributed.scheduler import NoWorkerError

from autograder.checks import collect
from autograder.edges.cluster_facts import different, missing_package
from autograder.edges.cluster_tasks import Graded, GradingTask, Refused
from autograder.errors import AutograderError, UsageError
from autograder.records import Isolation, Report, Status, Verdict

Function = Callable[[GradingTask], Graded | Refused]

_LOG = logging.getLogger("autograder")
_KEPT_REPORTS = 500
_BATCH = 200
_LOOK_S = 15.0  # after so long without a result it is looked whether there still are workers
_OUR_FAULT = "This could not be graded; that is the course's fault, and it costs no points."


@dataclass(slots=True)
class _Running:
    """A task on the cluster: Dask's future, and the one that waits for the report."""

    key: str
    task: GradingTask
    shared: Future[Report]
    remote: Any = None
    again: bool = False


class TaskQueue:
    """Has a cluster run tasks, and gives one future for all that ask for the same content.

    Args:
        client: The cluster's.
        function: What its workers run.
        facts: What must hold for a worker; this machine's.
    """

    def __init__(self, client: Client, function: Function, facts: Mapping[str, str]) -> None:
        self._client = client
        self._function = function
        self._facts = facts
        self._lock = threading.Lock()
        self._closed = False
        self._running: dict[str, _Running] = {}
        self._kept: OrderedDict[str, Report] = OrderedDict()
        self._done: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        threading.Thread(target=self._collect, name="collect", daemon=True).start()

    def close(self) -> bool:
        """Cancel what is not done; return whether there was something."""
        with self._lock:
            self._closed = True
            running = list(self._running.values())
            self._running.clear()
        self._done.put(None)
        for one in running:
            one.shared.cancel()
        return bool(running)

    def ask(self, task: GradingTask) -> Future[Report]:
        """Return the future of this content's report, starting the task if there is none."""
        key = task.key
        with self._lock:
            if self._closed:
                raise AutograderError("A cluster that was closed grades nothing.")
            if key in self._running:
                return self._running[key].shared
            shared: Future[Report] = Future()
            if key in self._kept:
                shared.set_result(self._kept[key])
                return shared
            one = self._running[key] = _Running(key, task, shared)
            self._start(one, key)
        return shared

    def _start(self, one: _Running, name: str, **where: Any) -> None:
        # What a worker that dies was at, Dask itself starts again elsewhere.
        one.remote = self._client.submit(self._function, one.task, key=name, retries=1, **where)
        one.remote.add_done_callback(lambda _: self._done.put(one.key))

    def _collect(self) -> None:
        """Take results as they come, several at once where several are there."""
        missed = False
        for keys in _batches(self._done, _LOOK_S):
            if not keys:
                missed = self._look_for_workers(missed)
                continue
            with self._lock:
                batch = [self._running[key] for key in keys if key in self._running]
            for one, outcome in self._outcomes(batch):
                if self._closed:
                    return
                self._take(one, outcome)

    def _look_for_workers(self, missed: bool) -> bool:
        """Say so where no worker is left; return whether none is. They may come back."""
        if not self._running:
            return missed
        try:
            none = not self._client.nthreads()
        except Exception:  # noqa: BLE001 - a scheduler that is gone is told by its tasks
            return missed
        if none and not missed:
            _LOG.warning(
                "The scheduler has no workers now; %d tasks wait for some. Ctrl-C gives them up.",
                len(self._running),
            )
        return none

    def _outcomes(self, batch: list[_Running]) -> Iterator[tuple[_Running, Any]]:
        """Yield what came of tasks that are done; an exception is an outcome too."""
        good = [one for one in batch if one.remote.status == "finished"]
        try:
            yield from zip(good, self._client.gather([one.remote for one in good]), strict=True)
        except Exception:  # noqa: BLE001 - one of them was lost on the way: they come one by one
            good = []
        for one in batch:
            if one not in good:
                try:
                    yield one, one.remote.result()
                except BaseException as error:  # noqa: BLE001 - a cancelled task is no Exception
                    yield one, error

    def _take(self, one: _Running, outcome: Any) -> None:
        if isinstance(outcome, BaseException):
            self._broken(one, outcome)
        elif isinstance(outcome, Refused):
            told = outcome.reason or different(outcome.worker, outcome.facts, self._facts)
            self._finish(one, UsageError(told))
        elif not _is_internal(outcome.report):
            with self._lock:
                self._kept[one.key] = outcome.report
                if len(self._kept) > _KEPT_REPORTS:
                    self._kept.popitem(last=False)
            self._finish(one, outcome.report)
        elif one.again:
            self._finish(one, outcome.report)
        else:
            self._again(one, outcome.worker)

    def _again(self, one: _Running, but_not: str) -> None:
        """Grade once more what failed by our own fault, on another worker where there is one."""
        one.again = True
        others = [name for name in self._client.nthreads() if name != but_not]
        where = {"workers": others, "allow_other_workers": True} if others else {}
        self._start(one, f"{one.key}-again", **where)

    def _broken(self, one: _Running, error: BaseException) -> None:
        """A task came to no result: the cluster's fault, which costs nobody a point."""
        if one.remote.status in ("cancelled", "lost"):
            lost = f"The cluster must stay until all is graded. Received: {error} Grade again."
            self._finish(one, AutograderError(lost))
        elif isinstance(error, NoWorkerError):
            gone = "A cluster must have workers. Received: none for a while. Grade again."
            self._finish(one, AutograderError(gone))
        elif missing := missing_package(error):
            self._finish(one, missing)
        else:
            checks = collect(one.task.exercise)
            verdicts = [Verdict(one, Status.INTERNAL, _OUR_FAULT, repr(error)) for one in checks]
            report = Report("", one.task.exercise, tuple(verdicts), Isolation.NONE, {})
            self._finish(one, report)

    def _finish(self, one: _Running, outcome: Report | Exception) -> None:
        with self._lock:
            self._running.pop(one.key, None)
        with contextlib.suppress(Exception):  # closed meanwhile, and so cancelled
            if isinstance(outcome, Report):
                one.shared.set_result(outcome)
            else:
                one.shared.set_exception(outcome)


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
        yield [one for one in batch if one is not None]
