"""How long students wait for feedback from `autograder serve`: many submissions within a minute.

Submissions lie where `nbgrader submit` puts them, spread evenly over a minute, and the time of each
one's feedback is that of the page in the exchange, which `nbgrader fetch_feedback` fetches. Each
student's answer is the reference solution of one exercise, or a wrong one; every try draws inputs
of its own, so that nothing is known from another's. Two instances share the class in a second run.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from _common import AUTOGRADER, PROGRAMS, REPOSITORY, Table, machine, parser, report, say, scratch
from classroom.folders import COURSE_ID, Classroom
from classroom.students import fill, reference_cells
from nbgrader.api import Gradebook
from nbgrader.utils import notebook_hash

from autograder.course.catalog import find_course

WAIT_S = 1800.0


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and write; 1 where somebody got no feedback, or was graded twice."""
    made = parser("serve", __doc__)
    made.add_argument("--submissions", type=int, metavar="N", help="(100; 4 if --quick)")
    made.add_argument("--within", type=float, metavar="SECONDS", help="(60; 2 if --quick)")
    made.add_argument("--exercise", default="ex04_perceptron", metavar="SLUG")
    made.add_argument(
        "--task", metavar="NAME", help="hand in this task alone, such as one without a training"
    )
    made.add_argument("--instances", type=int, nargs="+", default=[1, 2], metavar="N")
    args = made.parse_args(argv)
    args.submissions = args.submissions or (4 if args.quick else 100)
    args.within = args.within or (2.0 if args.quick else 60.0)
    before = machine()
    rows = []
    for instances in args.instances:
        with scratch() as folder:
            rows.append(_measured(folder, instances, args))
    report("serve", args, {"runs": rows}, [_table(rows)], before=before)
    wrong = [text for row in rows for text in row["wrong"]]
    for line in wrong:
        print(f"NOT AS IT MUST BE: {line}", file=sys.stderr)
    return 1 if wrong else 0


def _measured(folder: Path, instances: int, args: Any) -> dict[str, Any]:
    room = Classroom(folder / "class", [args.exercise], quiet=True)
    room.build()
    for step in ("generate_assignment", "release_assignment"):
        room.each(step)
    names = [f"student{number:03}" for number in range(args.submissions)]
    with Gradebook(f"sqlite:///{room.course / 'gradebook.db'}", COURSE_ID) as gradebook:
        for name in names:
            gradebook.update_or_create_student(name)
        due = datetime(2100, 1, 1)  # noqa: DTZ001 - nbgrader's dates have no zone
        gradebook.update_or_create_assignment(args.exercise, duedate=due)
    notebooks = _notebooks(room, args)
    environment = {**room.instructor().environment, "AUTOGRADER_STORE": str(folder / "store")}
    services = [_serve(room, environment, folder / f"log{one}") for one in range(instances)]
    try:
        _warm(room, args, notebooks[0])
        say(f"{instances} instances: {len(names)} submissions within {args.within:g} s")
        came, fed = _handed_in(room, names, notebooks, args)
    finally:
        for service in services:
            service.send_signal(signal.SIGTERM)
        statuses = [service.wait(timeout=120) for service in services]
    waits = sorted(fed[name] - came[name] for name in came if name in fed)
    wrong = [f"{name} had no feedback" for name in came if name not in fed]
    wrong += [f"an instance ended with {status}" for status in statuses if status]
    wrong += _graded_twice(room)
    return {
        "instances": instances,
        "submissions": len(names),
        "within_s": args.within,
        "median_s": statistics.median(waits) if waits else 0.0,
        "p90_s": waits[int(0.9 * (len(waits) - 1))] if waits else 0.0,
        "worst_s": max(waits, default=0.0),
        "all_s": max(fed.values(), default=0.0) - min(came.values()),
        "wrong": wrong,
    }


def _notebooks(room: Classroom, args: Any) -> list[Path]:
    """Return the released notebook with right answers, and with one that is wrong."""
    cells = reference_cells(find_course(REPOSITORY).solution(args.exercise))
    if args.task:
        cells = {args.task: cells[args.task]}
    first = next(iter(cells))
    wrong = cells | {first: cells[first].replace("return ", "return not ", 1)}
    paths = []
    for number, answers in enumerate((cells, wrong)):
        path = room.folder / f"{number}.ipynb"
        shutil.copy(room.course / "release" / args.exercise / f"{args.exercise}.ipynb", path)
        fill(path, answers)
        paths.append(path)
    return paths


def _serve(room: Classroom, environment: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    path = os.pathsep.join([str(PROGRAMS), environment["PATH"]])
    with log.open("wb") as file:
        return subprocess.Popen(
            [AUTOGRADER, "serve"],
            cwd=room.course,
            env={**environment, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )


def _warm(room: Classroom, args: Any, notebook: Path) -> None:
    """Have each instance import its libraries: a server that has just begun is another question."""
    with Gradebook(f"sqlite:///{room.course / 'gradebook.db'}", COURSE_ID) as gradebook:
        for number in range(6):
            gradebook.update_or_create_student(f"warm{number}")
    waited = [_submit(room, args, f"warm{number}", notebook)[1] for number in range(6)]
    deadline = time.monotonic() + WAIT_S
    while not all(map(_is_fed, waited)) and time.monotonic() < deadline:
        time.sleep(0.2)


def _handed_in(
    room: Classroom, names: Sequence[str], notebooks: Sequence[Path], args: Any
) -> tuple[dict[str, float], dict[str, float]]:
    """Hand in one by one, and look for the feedback meanwhile; return the times of both."""
    came: dict[str, float] = {}
    fed: dict[str, float] = {}
    places: dict[str, Path] = {}

    def hand_in() -> None:
        began = time.monotonic()
        for number, name in enumerate(names):
            time.sleep(max(0.0, began + number * args.within / len(names) - time.monotonic()))
            time_of, place = _submit(room, args, name, notebooks[number % 3 == 2])
            places[name] = place
            came[name] = time_of

    thread = threading.Thread(target=hand_in)
    thread.start()
    deadline = time.monotonic() + WAIT_S
    while (thread.is_alive() or len(fed) < len(names)) and time.monotonic() < deadline:
        for name in list(came):
            if name not in fed and _is_fed(places[name]):
                fed[name] = places[name].stat().st_mtime
        time.sleep(0.05)
    thread.join()
    return came, fed


def _submit(room: Classroom, args: Any, student: str, notebook: Path) -> tuple[float, Path]:
    """Write what `nbgrader submit` writes; return when, and where the feedback will be."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
    inbound = room.exchange / COURSE_ID / "inbound"
    folder = inbound / f"{student}+{args.exercise}+{stamp}+{os.urandom(6).hex()}"
    secret = os.urandom(64).hex()
    folder.mkdir()
    shutil.copy(notebook, folder / f"{args.exercise}.ipynb")
    (folder / "timestamp.txt").write_text(stamp)
    (folder / "submission_secret.txt").write_text(secret)
    folder.chmod(0o777)
    page = notebook_hash(secret=secret, notebook_id=args.exercise)
    return time.time(), room.exchange / COURSE_ID / "feedback" / f"{page}.html"


def _is_fed(page: Path) -> bool:
    """Whether the feedback itself is there, not that it waits."""
    try:
        return "A try before the due date" in page.read_text(encoding="utf-8")
    except FileNotFoundError:
        return False


def _graded_twice(room: Classroom) -> list[str]:
    import sqlalchemy as sa

    engine = sa.create_engine(f"sqlite:///{room.course / 'gradebook.db'}")
    with engine.connect() as connection:
        query = sa.text("SELECT name, gradings FROM autograder_serve WHERE gradings != 1")
        found = [f"{row.name} was graded {row.gradings} times" for row in connection.execute(query)]
    engine.dispose()
    return found


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    columns = ("instances", "submissions", "median s", "90 % within s", "worst s", "all done s")
    shown = [
        [f"{row['instances']}", f"{row['submissions']}"]
        + [f"{row[name]:.1f}" for name in ("median_s", "p90_s", "worst_s", "all_s")]
        for row in rows
    ]
    return Table("From a submission to its feedback", columns, shown)


if __name__ == "__main__":
    sys.exit(main())
