"""What an exercise's visible checks say of a try: they run in a box that no hidden input enters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from autograder.course.catalog import Course
from autograder.course.first_cell import checks_module
from autograder.errors import SubmissionError
from autograder.evidence import transcript
from autograder.evidence.explanations import explain_end
from autograder.evidence.transcript import Transcript
from autograder.records import Submission
from autograder.sandbox.client import Sandbox
from autograder.submission.stage import released_cells, stage

_PROBE = Path(__file__).with_name("visible_probe.py")
_SEED = 1
# Of one check a student reads so much, and of one task so many.
_LONGEST, _MOST = 600, 5


def visible_notes(course: Course, submission: Submission, sandbox: Sandbox) -> tuple[str, ...]:
    """Return a sentence for how many tasks pass, and one for each check that says wrong.

    Args:
        course: The course.
        submission: The try.
        sandbox: Where it is run.

    Raises:
        SandboxError: The box could not be started.
    """
    exercise = course.exercise(submission.exercise)
    checks = course.notebook(exercise.slug).with_name(f"{checks_module(exercise.slug)}.py")
    if not checks.is_file():
        return ("This exercise has no visible checks, so nothing is told before the due date.",)
    try:
        workdir = stage(submission, exercise, released_cells(course, exercise.slug))
    except SubmissionError:
        return ()  # why it cannot be read is noted by who reads it
    source = checks.read_text(encoding="utf-8")
    call = f"setup({exercise.slug!r}, {exercise.tasks!r}, {source!r})"
    probe = f"{_PROBE.read_text(encoding='utf-8')}\n\n{call}\n"
    said = transcript.run(sandbox, exercise, workdir, {}, _SEED, probe=probe)
    wrong = {task: list(_wrong(said, task)) for task in exercise.tasks}
    passed = sum(not words for words in wrong.values())
    head = (
        f"The checks that were handed out with the exercise, run here: {passed} of "
        f"{len(exercise.tasks)} tasks pass."
    )
    return (head, *(line for words in wrong.values() for line in words))


def _wrong(said: Transcript, task: str) -> Iterator[str]:
    """Yield what the checks of a task say; whatever came back was said by the student's process."""
    answer = said.answers.get(task)
    end = said.ends.get(task) or said.end
    if answer is None:
        words = explain_end(end)[1] if end else "Nothing was said."
        yield f"{task}: its checks did not come to their end. {words}"
    elif answer.outcome != "returned":
        words = f"{answer.error.type}: {answer.error.message}" if answer.error else answer.outcome
        yield f"{task}: its checks did not come to their end. {_short(words)}"
    elif not isinstance(answer.value, list):
        yield f"{task}: its checks say nothing that can be read."
    else:
        yield from map(_short, answer.value[:_MOST])


def _short(words: Any) -> str:
    line = " ".join(words.split()) if isinstance(words, str) else "?"
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]} …"
