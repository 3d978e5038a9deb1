"""Whose fault it is that a probe tripped: what it trips over with the reference too is ours.

A box cannot be asked whose fault something was, for whatever runs in it may have been tampered
with. So a task in which a submission's probe tripped is looked up in what the course's own
reference answered to the same questions, and the two are compared on the host.
"""

from __future__ import annotations

from dataclasses import replace

from autograder.evidence.explanations import described_error
from autograder.evidence.transcript import Break, Transcript
from autograder.guest.protocol.answers import Asking


def is_suspect(answers: Transcript) -> bool:
    """Whether something in a transcript may be a probe's fault, so that a reference is needed.

    A probe that tripped, one that called a function that is not there, and a box that ended before
    it asked anything: whether through the submission's cells or through the probe's own lines.
    """
    stopped = any(stop.error is not None for stop in answers.stops.values())
    missing = any(answer.outcome == "missing" for answer in answers.answers.values())
    return stopped or missing or _ended_early(answers)


def with_faults(answers: Transcript, reference: Transcript, *, solved: bool) -> Transcript:
    """Return a submission's transcript with our faults named, task by task.

    Args:
        answers: What the submission answered.
        reference: What the course's own file answered to the same questions.
        solved: Whether that file is the solution. Else it is the stub, with which a probe can be
            compared only until its first call in a task.

    Returns:
        The same transcript, with `faults`, and without the calls of functions that the reference
        does not have either.
    """
    missing = {
        key: answer.function
        for key, answer in answers.answers.items()
        if answer.outcome == "missing" and _is_missing(reference, key)
    }
    where = "the solution" if solved else "the stub"
    faults: dict[str, str] = {}
    if missing:
        names = ", ".join(f"`{name}`" for name in sorted({*missing.values()}))
        faults[""] = f"It calls {names}, which {where} does not define."
    for task, stop in answers.stops.items():
        other = reference.stops.get(task)
        if stop.key in missing:
            faults[task] = faults[""]
        elif stop.error is None or other is None or other.error is None:
            continue
        elif solved or not _was_asked(reference, task):
            error = f"In `ask_{task}`, with {where} too: {described_error(other.error)}"
            faults[task] = f"{faults.get('', '')} {error}".strip()
    if _ended_early(answers) and _ended_early(reference):
        faults[""] = (
            f"With {where} too, its box ended before it asked anything: does it load there? "
            "Of this package a box has `autograder.guest.probing` alone."
        )
    if not faults:
        return answers
    kept = {key: answer for key, answer in answers.answers.items() if key not in missing}
    return replace(answers, answers=kept, faults=faults)


def _ended_early(answers: Transcript) -> bool:
    """Whether its last box hung up before any function was called in it."""
    end = answers.end
    return end is not None and end.cause is Break.CLOSED and not end.function


def _was_asked(answers: Transcript, task: str) -> bool:
    return any(isinstance(said, Asking) and said.task == task for said, _ in answers.frames)


def _is_missing(answers: Transcript, key: str) -> bool:
    answer = answers.answers.get(key)
    return answer is not None and answer.outcome == "missing"
