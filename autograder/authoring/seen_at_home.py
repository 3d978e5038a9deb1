"""Whether a student hears of a mistake at home: the visible checks over the kept submissions.

What only hidden checks can see is declared, with its reason, in the exercise's `mutants.toml`:

    [unseen]
    wrong_batch_of_all = "the batch size that `fit` was given"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autograder.authoring.audit.entries import NAME, read_table
from autograder.authoring.audit.visible import Answers, Asked, VisibleChecks
from autograder.authoring.kept import Kept, kept, names, told
from autograder.course.catalog import Course
from autograder.errors import CourseError
from autograder.records import Report, Status
from autograder.submission.stage import stage


def unseen_problems(course: Course, slug: str, lost: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the kept submissions whose visible checks say other than their names do.

    Of a wrong one the checks of those tasks are run in which it loses points, and the others that
    it is asked only where these see nothing: a mistake may show in a task that builds on its own.

    Args:
        course: The course.
        slug: The exercise.
        lost: The tasks in which a kept submission loses points, by name.

    Raises:
        CourseError: The visible checks do not run, or `mutants.toml` cannot be read.
    """
    path = course.folder(slug).path / NAME
    declared = read_unseen(path)
    known = {one.name: one for one in kept(course, slug)}
    problems = [
        f"{slug}: [unseen] in {path} names kept wrong submissions. Received: {name!r}, which is "
        "none. Remove the line, or correct it."
        for name in declared
        if name not in names(course, slug) or not name.startswith("wrong_")
    ]
    asked = {
        name: Asked(script(one, course, slug), tasks=lost.get(name) or one.tasks or None, stop=True)
        for name, one in known.items()
    }
    checks = VisibleChecks(course, slug)
    answers = checks.ask(asked) if asked else {}
    unseen = [name for name, one in asked.items() if one.tasks and not first_wrong(answers[name])]
    answers |= checks.ask(
        {name: replace(asked[name], tasks=known[name].tasks or None) for name in unseen}
    )
    for name, said in answers.items():
        wrong, place = first_wrong(said), f"{slug}/{told(name)}"
        if name.startswith("right_") and wrong:
            problems.append(f"{place} is right, and a visible check says wrong: {wrong}")
        if name.startswith("wrong_") and not wrong and name not in declared:
            problems.append(
                f"{place} is wrong, and every visible check passes: its student hears of it "
                f"from the mark. Add a visible check, or to {path}, under [unseen], what only "
                f'hidden checks can see: "{name}" = "…".'
            )
        if name.startswith("wrong_") and wrong and name in declared:
            problems.append(
                f"{place} is declared unseen in {path}, and a visible check sees it: "
                f"{wrong} Remove the line."
            )
    return problems


def lost_tasks(report: Report) -> tuple[str, ...]:
    """Return the tasks in which points were lost."""
    lost = [one.check.task for one in report.verdicts if one.status is not Status.PASSED]
    return tuple(dict.fromkeys(lost))


def read_unseen(path: Path) -> Mapping[str, str]:
    """Return what no visible check can see, by the name of the kept submission that shows it.

    Raises:
        CourseError: The file cannot be read, or an entry gives no reason.
    """
    unseen = read_table(path).get("unseen", {})
    if not isinstance(unseen, dict) or not all(
        isinstance(reason, str) and reason.strip() for reason in unseen.values()
    ):
        raise CourseError(
            '`[unseen]` is a table of submission = "what only hidden checks see". '
            f"Received: {path} with {unseen!r}. Correct it."
        )
    return unseen


def first_wrong(said: Answers) -> str:
    """Return what the first check that says wrong says; nothing where all pass."""
    if said is None:
        return "The file did not come to its end."
    wrong = [f"{name}: {one.words}" for name, one in said.items() if not one.passed]
    return wrong[0].partition("\n")[0][:300] if wrong else ""


def script(one: Kept, course: Course, slug: str) -> str:
    """Return a kept submission as a script; of a notebook, what counts of it."""
    if one.suffix == ".py":
        return one.content.decode()
    cells = stage(one.submission(slug), course.exercise(slug)).cells
    # This line must come first in a script; in a notebook it may stand anywhere.
    future = "from __future__ import annotations\n"
    return future + "\n".join(cell.source for cell in cells).replace(future, "\n")
