"""Interim: an in-memory store, until the one on disk is here."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np


class Store:
    def __init__(self, folder: Path, max_bytes: int = 8 * 2**30) -> None:
        self._held: dict[tuple[str, str], tuple[dict[str, Any], list[np.ndarray]]] = {}
        self._locks: dict[tuple[str, str], threading.Lock] = {}

    def get(self, kind: str, key: str) -> tuple[dict[str, Any], list[np.ndarray]] | None:
        found = self._held.get((kind, key))
        return (dict(found[0]), list(found[1])) if found else None

    def put(
        self, kind: str, key: str, header: Mapping[str, Any], arrays: Sequence[np.ndarray] = ()
    ) -> None:
        self._held[kind, key] = (dict(header), list(arrays))

    @contextmanager
    def lock(self, kind: str, key: str) -> Iterator[None]:
        with self._locks.setdefault((kind, key), threading.Lock()):
            yield


def default_store(root: Path) -> Store:
    return Store(root)
