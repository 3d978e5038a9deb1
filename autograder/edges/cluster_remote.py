"""A cluster that somebody else started: reach its scheduler, and see whether its workers fit."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from pathlib import Path

from distributed import Client, Security
from distributed import comm as comms

from autograder.edges import cluster_worker
from autograder.edges.cluster_facts import different, missing_package
from autograder.errors import UsageError

_LOG = logging.getLogger("autograder")
_CONNECT_S = 10.0


def connect(scheduler: str) -> Client:
    """Return a client of a scheduler.

    Args:
        scheduler: Its address, or the file that `--scheduler-file` had it write.

    Raises:
        UsageError: It cannot be reached.
    """
    try:
        address = scheduler
        if "://" not in scheduler and Path(scheduler).is_file():
            address = json.loads(Path(scheduler).read_bytes())["address"]
        # First by itself: a client that cannot connect would take long to go away again.
        asyncio.run(_knock(address))
        return Client(address, timeout=_CONNECT_S, set_as_default=False)
    except Exception as error:
        raise UsageError(
            "A scheduler must be reachable at its address, such as tcp://127.0.0.1:8786. "
            f"Received: {scheduler}: {str(error) or 'no answer'}. Start `dask scheduler`, or "
            "correct the address."
        ) from error


async def _knock(address: str) -> None:
    """Connect, and close the connection again."""
    arguments = Security().get_connection_args("client")
    # What listens there may be no scheduler, and never answer.
    async with asyncio.timeout(_CONNECT_S + 1):
        comm = await comms.connect(address, timeout=_CONNECT_S, **arguments)
    await comm.close()


def shake_hands(client: Client, scheduler: str, facts: Mapping[str, str], backend: str) -> None:
    """Raise a `UsageError` unless all workers that are there now are as this machine is.

    Those that come later are asked with their first task.
    """
    try:
        found = client.run(cluster_worker.facts_here, backend, on_error="return")
    except Exception as error:
        raise missing_package(error) or UsageError(
            f"The workers must answer. Received: {type(error).__name__}: {error}. "
            "Look at their logs."
        ) from error
    if not found:
        _LOG.warning("The scheduler at %s has no workers yet; waiting for some.", scheduler)
    for worker, theirs in found.items():
        if isinstance(theirs, BaseException):
            raise missing_package(theirs, worker) or UsageError(
                f"A worker must find the course. Received: {worker}: {theirs}"
            )
        if theirs != facts:
            raise UsageError(different(worker, theirs, facts))
