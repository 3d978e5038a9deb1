"""A cluster that was started elsewhere: reaches its scheduler, and checks its workers."""

from __future__ import annotations

import asyncio
import json
import logging
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from distributed import Client, Security
from distributed import comm as comms

from autograder.edges.cluster import worker as cluster_worker
from autograder.edges.cluster.versions import different, missing_package
from autograder.errors import UsageError

_LOG = logging.getLogger("autograder")
_CONNECT_S = 10.0


def connect(scheduler: str) -> tuple[Client, Any]:
    """Return a client, and the cluster to close after it where the client's is ours alone.

    Args:
        scheduler: Its address; or the JSON file that `--scheduler-file` had it write; or a Python
            file, whose `connect()` gives a Dask client, or a Dask cluster that is ours alone.

    Raises:
        UsageError: It cannot be reached.
    """
    try:
        if scheduler.endswith(".py"):
            return _connected_by(Path(scheduler))
        address = scheduler
        if "://" not in scheduler and Path(scheduler).is_file():
            address = json.loads(Path(scheduler).read_bytes())["address"]
        # First by itself: a client that cannot connect would take long to go away again.
        asyncio.run(_knock(address))
        return Client(address, timeout=_CONNECT_S, set_as_default=False), None
    except Exception as error:
        raise UsageError(
            "A scheduler must be reachable at its address, such as tcp://127.0.0.1:8786. "
            f"Received: {scheduler}: {str(error) or 'no answer'}. Start `dask scheduler`, or "
            "correct the address."
        ) from error


def _connected_by(path: Path) -> tuple[Client, Any]:
    """Have a site's own file connect: it knows about queues, gateways and passwords."""
    connection = runpy.run_path(str(path))["connect"]()
    if isinstance(connection, Client):
        return connection, None
    # The cluster makes its client itself: behind a gateway it needs the gateway's credentials.
    return connection.get_client(), connection


async def _knock(address: str) -> None:
    """Connect, and close the connection again."""
    arguments = Security().get_connection_args("client")
    # What listens there may be no scheduler, and never answer.
    async with asyncio.timeout(_CONNECT_S + 1):
        comm = await comms.connect(address, timeout=_CONNECT_S, **arguments)
    await comm.close()


def shake_hands(client: Client, scheduler: str, facts: Mapping[str, str], backend: str) -> None:
    """Raise a `UsageError` unless all present workers have the facts of this machine.

    Workers that come later are checked with their first task.
    """
    try:
        worker_facts = client.run(cluster_worker.facts_here, backend, on_error="return")
    except Exception as error:
        raise missing_package(error) or UsageError(
            f"The workers must answer. Received: {type(error).__name__}: {error}. "
            "Look at their logs."
        ) from error
    if not worker_facts:
        _LOG.warning("The scheduler at %s has no workers yet; waiting for some.", scheduler)
    for worker, reported in worker_facts.items():
        if isinstance(reported, BaseException):
            raise missing_package(reported, worker) or UsageError(
                f"A worker must find the course. Received: {worker}: {reported}"
            )
        if reported != facts:
            raise UsageError(different(worker, reported, facts))
