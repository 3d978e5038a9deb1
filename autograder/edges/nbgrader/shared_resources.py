"""Shares among a class what nbgrader makes anew for each student, or for each cell.

nbgrader opens its gradebook about ten times a student, each time with an engine of its own, which
compiles every query again; and checks its own schema for every cell before it checks the cell.
"""

from __future__ import annotations

import functools
import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from jsonschema import ValidationError
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator
from jsonschema.validators import validator_for
from nbgrader import api
from nbgrader.nbgraderformat import common
from sqlalchemy.exc import SAWarning

#: What SQLAlchemy says of nbgrader's own way to add a submission; nobody can act on it.
_OF_NBGRADERS_OWN = r"Object of type <Submitted\w+> not in session"


@contextmanager
def sharing_resources() -> Iterator[None]:
    """Let nbgrader's loop share one engine for each database, and one validator for each schema.

    A gradebook that is closed disposes of the engine's connections, as before; what stays is what
    the engine has compiled. A warning that is of nbgrader's own doing stays out of the log.
    """
    # Not undone: filters are the whole process's, and other threads may be at theirs by then.
    warnings.filterwarnings("ignore", _OF_NBGRADERS_OWN, SAWarning)
    originals = api.create_engine, common.jsonschema
    api.create_engine = functools.cache(api.create_engine)
    common.jsonschema = SimpleNamespace(validate=_validate)
    try:
        yield
    finally:
        api.create_engine, common.jsonschema = originals


def _validate(instance: Any, schema: Mapping[str, Any]) -> None:
    """Do what `jsonschema.validate` does."""
    error: ValidationError | None = best_match(_validator(json.dumps(schema)).iter_errors(instance))
    if error is not None:
        raise error


@functools.cache
def _validator(text: str) -> Validator:
    schema = json.loads(text)
    kind = validator_for(schema)
    kind.check_schema(schema)
    return kind(schema)
