"""Trainings as tasks of a cluster: each recipe runs once in it, on a GPU where a worker has one.

A submission that asks for a training leaves its worker's thread while it waits, so that the
training may run there; with one worker, nothing else could run it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from distributed import Future, get_client, worker_client

from autograder.edges.cluster import engines
from autograder.edges.cluster.tasks import Settings
from autograder.edges.cluster.versions import digest_of, facts
from autograder.errors import AutograderError
from autograder.training.recipe import Recipe
from autograder.training.service import Supply, Trained, TrainingService

_LOG = logging.getLogger("autograder")
#: A worker that announces this resource trains for the others: `dask worker --resources GPU=1`.
GPU = "GPU"
_URGENT = 10  # before gradings, which may be waiting for it
_LOOK_S = 30.0
_SUPPLY_S = 120.0
_MOST_RESULTS = 32


@dataclass(frozen=True, slots=True)
class TrainingTask:
    """A recipe to train. `names` are those under which its arrays lie on the cluster."""

    recipe: Recipe
    names: tuple[str, ...]
    settings: Settings
    facts_digest: str


class ClusterTrainer:
    """Trains on the cluster of the worker that it is used in.

    Args:
        own: The training service of this worker's engine.
        settings: Those of the engine.
    """

    def __init__(self, own: TrainingService, settings: Settings) -> None:
        self._own = own
        self._settings = settings

    def train(self, recipe: Recipe, supply: Supply) -> Trained:
        """Return what came of a recipe, from this worker's store or from the cluster.

        Raises:
            SandboxError: It could not be trained, by no fault of the recipe.
        """
        trained = self._own.known(recipe)
        if trained is not None:
            return trained
        arrays = self._own.arrays_of(recipe, supply)
        try:
            trained = self._on_cluster(recipe, arrays)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - it costs time alone
            _LOG.warning("A training was not done by the cluster, but here: %r", error)
            return self._own.train(recipe, lambda places: [arrays[place] for place in places])
        if self._own.known(recipe) is None:  # another machine's store has it
            self._own.keep(recipe, trained)
        return trained

    def _on_cluster(self, recipe: Recipe, arrays: Sequence[np.ndarray]) -> Trained:
        course = engines.course_here()
        asker = uuid.uuid4().hex
        named_arrays = {f"array-{asker}-{place}": array for place, array in enumerate(arrays)}
        task = TrainingTask(
            recipe,
            tuple(named_arrays),
            self._settings,
            digest_of(facts(course, self._settings.backend)),
        )
        with worker_client() as client:  # leaves this thread to others until its end
            scattered = client.scatter(named_arrays) if named_arrays else {}
            where = {"resources": {GPU: 1}} if _has_gpu(client) else {}
            future = client.submit(
                train, task, key=f"train-{recipe.key}", priority=_URGENT, **where
            )
            trained = _awaited(client, future, needs_gpu=bool(where))
            del scattered
        if trained.outcome != "refused":
            _keep(future)
        return trained


def train(task: TrainingTask) -> Trained:
    """Train a recipe with this process's engine. It is what the cluster runs.

    Raises:
        AutograderError: This worker's facts are not those of the machine that asks.
        SandboxError: It could not be trained, by no fault of the recipe.
    """
    course = engines.course_here()
    if digest_of(facts(course, task.settings.backend)) != task.facts_digest:
        raise AutograderError("A training must run where package and libraries are the same.")

    def supply(places: Sequence[int]) -> list[np.ndarray]:
        client = get_client()
        futures = [Future(task.names[place], client) for place in places]
        return [future.result(timeout=_SUPPLY_S) for future in futures]

    with engines.shared_engine(course, task.settings, ClusterTrainer) as shared:
        return shared.service.train(task.recipe, supply)


def _has_gpu(client: Any) -> bool:
    workers = client.scheduler_info(n_workers=-1)["workers"].values()
    return any(worker.get("resources", {}).get(GPU) for worker in workers)


def _awaited(client: Any, future: Any, *, needs_gpu: bool) -> Trained:
    while True:
        try:
            trained = future.result(timeout=_LOOK_S)
        except TimeoutError:
            if future.done() or (needs_gpu and not _has_gpu(client)):
                raise
        else:
            assert isinstance(trained, Trained)
            return trained


_results: OrderedDict[str, Any] = OrderedDict()
_results_lock = threading.Lock()


def _keep(future: Any) -> None:
    """Hold on to a result, so that the cluster has it for the next request of the recipe."""
    with _results_lock:
        _results[str(future.key)] = future
        _results.move_to_end(str(future.key))
        while len(_results) > _MOST_RESULTS:
            _results.popitem(last=False)
