"""What was done with each submission, in the database of the gradebook; a restart goes on by it.

It lies beside nbgrader's own tables, so that all who share a gradebook share it, in SQLite and in
PostgreSQL. Each step is written before the next one begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, SQLAlchemyError

from autograder.edges.serve.policy import Entry, State
from autograder.errors import UsageError
from autograder.text import one_line

Key = tuple[str, str]
"""An assignment and a student."""

_METADATA = sa.MetaData()
_TABLE = sa.Table(
    "autograder_serve",
    _METADATA,
    sa.Column("course", sa.String(128), primary_key=True),
    sa.Column("name", sa.String(512), primary_key=True),
    sa.Column("assignment", sa.String(128), nullable=False),
    sa.Column("student", sa.String(128), nullable=False),
    sa.Column("arrived", sa.Float, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("day", sa.String(10), nullable=False, server_default=""),
    sa.Column("collected", sa.Boolean, nullable=False, default=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("retry_at", sa.Float, nullable=False, default=0.0),
    sa.Column("gradings", sa.Integer, nullable=False, default=0),
    sa.Column("graded_at", sa.Float),
    sa.Column("remark", sa.String(400), nullable=False, server_default=""),
)


class Journal:
    """What is known of all submissions of one course.

    Args:
        db_url: The gradebook's, which nbgrader has opened before.
        course: nbgrader's course id.

    Raises:
        UsageError: The database cannot be used; so does every method.
    """

    def __init__(self, db_url: str, course: str) -> None:
        self._url = db_url
        self._course = course
        waiting: dict[str, Any] = {"timeout": 30} if db_url.startswith("sqlite") else {}
        with self._telling():
            self._engine = sa.create_engine(db_url, connect_args=waiting, pool_pre_ping=True)
            with suppress(IntegrityError, OperationalError, ProgrammingError):
                _METADATA.create_all(self._engine)  # two that begin at once: one makes it
            _METADATA.create_all(self._engine)

    def close(self) -> None:
        """Give back what it holds of the database."""
        self._engine.dispose()

    def names(self) -> set[str]:
        """Return the folders that are known."""
        with self._telling(), self._engine.connect() as connection:
            query = sa.select(_TABLE.c.name).where(_TABLE.c.course == self._course)
            return set(connection.scalars(query))

    def add(
        self, name: str, key: Key, arrived: float, state: State = State.NEW, remark: str = ""
    ) -> None:
        """Note a submission, unless another instance has noted it."""
        values = {
            "course": self._course,
            "name": name,
            "assignment": key[0],
            "student": key[1],
            "arrived": arrived,
            "state": state.value,
            "remark": remark[:400],
        }
        with self._telling(), suppress(IntegrityError), self._engine.begin() as connection:
            connection.execute(_TABLE.insert().values(values))

    def entries(self, key: Key | None = None) -> Mapping[Key, list[Entry]]:
        """Return the submissions by assignment and student, or those of one of them."""
        query = sa.select(_TABLE).where(_TABLE.c.course == self._course)
        if key is not None:
            query = query.where(_TABLE.c.assignment == key[0], _TABLE.c.student == key[1])
        found: dict[Key, list[Entry]] = {}
        for row in self._rows(query):
            entry = Entry(
                row.name, row.arrived, State(row.state), row.day, row.collected, row.retry_at
            )
            found.setdefault((row.assignment, row.student), []).append(entry)
        return found

    def facts(self) -> list[Mapping[str, Any]]:
        """Return all that is noted, in the order of arrival."""
        query = sa.select(_TABLE).where(_TABLE.c.course == self._course)
        rows = self._rows(query.order_by(_TABLE.c.arrived, _TABLE.c.name))
        return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's public name

    def collected(self, name: str, key: Key) -> None:
        """Note that this submission is the one of its student that lies in `submitted/`."""
        of_key = (_TABLE.c.assignment == key[0]) & (_TABLE.c.student == key[1])
        values = {"collected": _TABLE.c.name == name}
        with self._telling(), self._engine.begin() as connection:
            where = of_key & (_TABLE.c.course == self._course)
            connection.execute(_TABLE.update().where(where).values(values))

    def begin(self, name: str, day: str) -> int:
        """Note that it is begun, on this day if it is a try; return how often it was."""
        values: dict[str, Any] = {"attempts": _TABLE.c.attempts + 1}
        if day:
            values["day"] = sa.case((_TABLE.c.day == "", day), else_=_TABLE.c.day)
        self._update(name, values)
        query = sa.select(_TABLE.c.attempts).where(*self._is(name))
        (row,) = self._rows(query)
        return int(row.attempts)

    def undo(self, name: str) -> None:
        """It was begun, and given up for no fault of anybody's."""
        self._update(name, {"attempts": _TABLE.c.attempts - 1})

    def end(self, name: str, state: State, now: float, remark: str = "") -> None:
        """Note that it is graded, or left."""
        values: dict[str, Any] = {
            "state": state.value,
            "attempts": 0,
            "retry_at": 0.0,
            "remark": remark[:400],
        }
        if state in (State.TRIED, State.FINAL, State.LATE):
            values |= {"graded_at": now, "gradings": _TABLE.c.gradings + 1}
        self._update(name, values)

    def retry(self, name: str, at: float, remark: str) -> None:
        """Note that it failed, and when it may be begun again."""
        self._update(name, {"retry_at": at, "remark": remark[:400]})

    def _update(self, name: str, values: Mapping[str, Any]) -> None:
        with self._telling(), self._engine.begin() as connection:
            connection.execute(_TABLE.update().where(*self._is(name)).values(dict(values)))

    def _is(self, name: str) -> Iterable[sa.ColumnElement[bool]]:
        return _TABLE.c.course == self._course, _TABLE.c.name == name

    def _rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self._telling(), self._engine.connect() as connection:
            return list(connection.execute(query))

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            raise unusable(self._url, error) from error


def unusable(db_url: str, error: SQLAlchemyError) -> UsageError:
    """Return the sentence on a gradebook that cannot be used; it holds no password."""
    cause = getattr(error, "orig", None) or error
    try:
        shown = sa.make_url(db_url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        shown = "its db_url"
    return UsageError(
        f"The gradebook must be readable and writable. Received: {shown}: "
        f"{one_line(str(cause), 200)}. Correct c.CourseDirectory.db_url, or make it available, and "
        "start again: nothing is lost."
    )
