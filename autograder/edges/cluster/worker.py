"""What runs in the workers of a cluster: the one function that grades.

Workers find the function by the name of this module, so they need the package installed, and a
course: the packaged one, the one around their folder, or the one that AUTOGRADER_COURSE names.
"""

from __future__ import annotations

import signal
import time
from typing import Any

from distributed import Reschedule, get_worker

from autograder.datasets import registry
from autograder.edges.cluster import engines
from autograder.edges.cluster.engines import course_here
from autograder.edges.cluster.tasks import Graded, GradingTask, Refused
from autograder.edges.cluster.training import ClusterTrainer
from autograder.edges.cluster.versions import digest_of, facts
from autograder.errors import CourseError, DataError
from autograder.records import Submission

#: Submissions in boxes at a time for each thread: one at work, and one that waits for a training.
_MOST_OPEN = 2
_PAUSE_S = 0.2


def grade(task: GradingTask) -> Graded | Refused:
    """Grade one submission with this process's engine. It is what the cluster runs.

    Raises:
        Reschedule: This worker has as many boxes open as it may; Dask gives the task away.
    """
    address = str(get_worker().address)
    if engines.users() >= _MOST_OPEN * get_worker().state.nthreads:
        # Those that wait for a training have left their threads; more boxes would fill the memory.
        time.sleep(_PAUSE_S)
        raise Reschedule
    settings = task.settings
    try:
        course = course_here()
        own = facts(course, settings.backend)
        if digest_of(own) != task.facts_digest:
            return Refused(address, facts=own)
        for name, profile in task.profiles:
            has = registry.load(name, settings.data_profile, course=course).profile
            if has != profile:
                return Refused(address, _other_data(address, f"the {has} set of {name}"))
    except CourseError as error:
        return Refused(address, f"A worker must find the course. Received: {address}: {error}")
    except DataError as error:
        return Refused(address, _other_data(address, f"other data ({error})"))
    submission = Submission(
        task.name, task.exercise, task.content, task.suffix, modules=task.modules
    )
    with engines.shared_engine(course, settings, ClusterTrainer) as shared:
        return Graded(shared.engine.grade(submission), address)


def facts_here(backend: str) -> dict[str, str]:
    """Return the facts of this process and its course."""
    return dict(facts(course_here(), backend))


def _other_data(worker: str, has: str) -> str:
    return (
        "Every machine of a cluster must grade with the same data. Received: worker "
        f"{worker} with {has}, unlike this machine. Run `autograder data --fetch` "
        "where the full set is missing, or grade with --data sample."
    )


def dask_setup(_worker: Any) -> None:
    """Leave Ctrl-C to the client, which ends its workers. Called by a worker that preloads this."""
    signal.signal(signal.SIGINT, _leave_to_client)  # not SIG_IGN: boxes would inherit that
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def dask_teardown(_worker: Any) -> None:
    """End the engines with the worker that preloaded this."""
    engines.close()


def _leave_to_client(number: int, frame: object) -> None:
    pass
