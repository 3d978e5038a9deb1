"""The loop of `autograder serve`: looks, begins what is due, and finishes what is graded."""

from __future__ import annotations

import logging
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

from autograder.edges.nbgrader.provisional import Provisional
from autograder.edges.nbgrader.shared_resources import sharing_resources
from autograder.edges.serve.claims import Claims
from autograder.edges.serve.failures import MAX_ATTEMPTS, RETRY_S, Failures
from autograder.edges.serve.grading import Graders, held_back_s
from autograder.edges.serve.journal import Journal, Key
from autograder.edges.serve.notices import try_sentence
from autograder.edges.serve.policy import Entry, State, Work
from autograder.edges.serve.running import Running
from autograder.edges.serve.steps import StepFailed, Steps
from autograder.edges.serve.view import View, today
from autograder.edges.serve.waiting import Waiting
from autograder.edges.serve.watch import Watch
from autograder.errors import AutograderError, UsageError
from autograder.reporting.reduced import Shown

#: A submission that ends the whole server so often is left to a person.
MAX_BEGUN = 5
_BUSY_S = 2.0


class Server:
    """Grades what is in the exchange, once or until it is stopped.

    Args:
        steps: nbgrader's.
        journal: What was done so far.
        log: Where it is said what is done.

    Raises:
        UsageError: The exchange, the gradebook or the disk cannot be used.
    """

    def __init__(self, steps: Steps, journal: Journal, log: logging.Logger) -> None:
        self._steps, self._journal, self._log = steps, journal, log
        self._settings = steps.settings
        self._policy = steps.settings.policy
        self._jobs = self._settings.jobs or os.cpu_count() or 1
        self._state = steps.folder
        self._claims = Claims(self._state / "claims")
        self._graders = Graders(steps.course, steps.grading, self._policy.shown)
        self._pool = ThreadPoolExecutor(3 * self._jobs, thread_name_prefix="serve")
        self._wake, self._changed, self._stop = (threading.Event() for _ in range(3))
        self._running: dict[Key, Running] = {}
        self._busy: dict[Key, float] = {}
        self._view = View(steps, journal, self._changed, log)
        self._waiting = Waiting(steps, journal, self._claims, log)
        self._failures = Failures(journal, self._state, log)
        self._touched: set[str] = set()

    def stop(self) -> None:
        """End soon: nothing new is begun, and what is not graded yet is left as it was."""
        self._stop.set()
        self._wake.set()

    def run(self, *, once: bool = False) -> bool:
        """Grade until it is stopped, or if `once` until nothing is left to do now.

        Args:
            once: Whether to end then.

        Returns:
            Whether nothing failed.

        Raises:
            UsageError: The exchange, the gradebook or the disk cannot be used; nothing is lost.
        """
        watch = None if once else Watch(self._steps.inbound, self._changed, self._log)
        try:
            with sharing_resources():  # for as long as it runs, and not for each student
                self._loop(once=once)
        except OSError as error:
            raise UsageError(
                f"What is graded must be writable. Received: {error.strerror or error}"
                f"{f': {error.filename}' if error.filename else ''}. Make room, or correct the "
                "folder, and start again: nothing is lost."
            ) from error
        finally:
            if watch is not None:
                watch.close()
            self._end()
        return not self._failures.any

    def _loop(self, *, once: bool) -> None:
        while not self._stop.is_set():
            self._view.look()
            began = self._begin()
            # What ended makes room for what is not begun yet.
            idle = not self._finish() and not began and not self._running
            queue = self._view.queue(self._running)
            self._waiting.tell(queue, self._view.replaced(), all_now=once and idle)
            if idle:
                self._write_class_pages()
                if once:
                    break
            self._wake.wait(self._pause())
            self._wake.clear()

    def _begin(self) -> bool:
        """Begin what there is room for; return whether anything was begun."""
        began = False
        for key, decision in self._view.queue(self._running):
            if decision.work is None or self._stop.is_set():
                break
            if time.monotonic() - self._busy.get(key, -_BUSY_S) < _BUSY_S:
                continue
            if not self._has_room():
                break
            began = self._take(key) or began
        return began

    def _has_room(self) -> bool:
        now = time.monotonic()
        at_work = [one for one in self._running.values() if not one.future.done()]
        slow = sum(now - one.began > self._settings.patience for one in at_work)
        return bool(len(at_work) - min(slow, 2 * self._jobs) < self._jobs)

    def _take(self, key: Key) -> bool:
        """Begin one student's submission, unless another instance has it."""
        claim = self._claims.take(key)
        if claim is None:
            self._busy[key] = time.monotonic()
            return False
        try:
            began = self._take_claimed(key, claim)
        except BaseException:  # an interrupt too: a claim that is kept would hold back the student
            self._claims.give_back(claim)
            raise
        if not began:
            self._view.refresh(key)
            self._claims.give_back(claim)
        return began

    def _take_claimed(self, key: Key, claim: int) -> bool:
        self._view.refresh(key)
        decision = self._view.decide(key)
        entry, work = decision.entry, decision.work
        if entry is None or work is None:
            return False
        if work is Work.COLLECT:
            try:
                self._collect(key, entry)
            except StepFailed as error:
                self._journal.retry(entry.name, time.time() + RETRY_S, f"{error}")
            return False
        attempt = self._journal.begin(entry.name, today() if work is not Work.FINAL else "")
        if attempt > MAX_BEGUN:
            self._failures.give_up(entry, work, f"begun {MAX_BEGUN} times, and never ended")
            return False
        try:
            if not entry.collected and not self._collect(key, entry):
                return False
            submissions = self._steps.submissions(key)
        except StepFailed as error:
            self._failures.fail(key, entry, work, attempt, f"{error}")
            return False
        future = self._pool.submit(self._graders.grade, work, key, entry.name, submissions)
        future.add_done_callback(lambda _: self._wake.set())
        self._running[key] = Running(key, entry, work, attempt, future, claim)
        return True

    def _collect(self, key: Key, entry: Entry) -> bool:
        if not (self._steps.inbound / entry.name).is_dir():
            self._journal.end(entry.name, State.IGNORED, time.time(), "it was taken back")
            self._log.warning("%s is no longer in the exchange", entry.name)
            return False
        self._steps.collect(key, entry.name)
        self._journal.collected(entry.name, key)
        return True

    def _finish(self) -> bool:
        """Mark what is graded, and release its feedback when it is time; return whether any was."""
        finished = False
        for one in list(self._running.values()):
            if not one.future.done() or self._stop.is_set():
                continue
            now = time.monotonic()
            if one.ready_at is None:
                hides = one.work is Work.TRY and self._policy.shown is not Shown.ALL
                one.ready_at = now + (held_back_s(now - one.began) if hides else 0.0)
            if now < one.ready_at:
                continue
            try:
                self._mark(one)
            finally:
                del self._running[one.key]
                self._claims.give_back(one.claim)
            self._view.refresh(one.key)
            self._wake.set()
            finished = True
        return finished

    def _mark(self, one: Running) -> None:
        failed = partial(self._failures.fail, one.key, one.entry, one.work, one.attempt)
        try:
            graded = one.future.result()
        except Exception as error:  # noqa: BLE001 - whatever it is, others are graded
            failed(f"{error!r}")
            return
        last = one.attempt >= MAX_ATTEMPTS and one.work is not Work.TRY
        if graded.is_ours and not last:
            self._failures.must_have_room()
            self._failures.fail(
                one.key, one.entry, one.work, one.attempt, "the grader itself failed"
            )
            return
        provisional = None
        if one.work is Work.TRY:
            used = len(self._view.tries_on(one.key, today()) | {one.entry.name})
            provisional = Provisional(
                self._policy.shown, try_sentence(used, self._policy), graded.notes
            )
        try:
            whole = self._steps.autograde(one.key, graded.submit, provisional)
            self._steps.release(one.key)
        except StepFailed as error:
            failed(f"{error}")
            return
        state = {Work.TRY: State.TRIED, Work.FINAL: State.FINAL, Work.LATE: State.LATE}[one.work]
        state = state if whole else State.PERSON
        self._journal.end(one.entry.name, state, time.time())
        self._failures.any = self._failures.any or not whole
        self._touched.add(one.key[0])
        took_s = time.time() - one.entry.arrived
        what = {Work.TRY: "a try", Work.FINAL: "the final marking", Work.LATE: "late"}[one.work]
        self._log.info("%s, %s: feedback on %s, %.1f s after it came", *one.key[::-1], what, took_s)

    def _pause(self) -> float:
        """How long to wait, unless something happens."""
        now = time.monotonic()
        times = [self._view.pause_s, 2.0]
        times += [one.ready_at - now for one in self._running.values() if one.ready_at is not None]
        return max(min(times), 0.01)

    def _write_class_pages(self) -> None:
        touched, self._touched = self._touched, set()
        for assignment in sorted(touched):
            self._steps.write_class_page(assignment)

    def _end(self) -> None:
        """Leave what is not graded as it was."""
        self._graders.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for one in self._running.values():
            with suppress(AutograderError):
                self._journal.undo(one.entry.name)
            self._claims.give_back(one.claim)
        self._running.clear()
