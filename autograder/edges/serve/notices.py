"""What a student reads in place of feedback as long as a submission waits: why, and its place."""

from __future__ import annotations

import shutil
from pathlib import Path

from autograder.edges.serve.inbound import SECRET, STAMP, secret_of
from autograder.edges.serve.journal import Key
from autograder.edges.serve.policy import Policy, Wait
from autograder.edges.serve.steps import Steps
from autograder.files import replacing
from autograder.reporting.html_report import rendered

FOLDER = ".autograder/serve/notices"
REPLACED = "A newer submission of yours has replaced this one before it was graded."


def sentence(wait: Wait, policy: Policy, place: int = 0) -> str:
    """Return why a submission waits.

    Args:
        wait: The reason.
        policy: The course's.
        place: Its place in the queue.
    """
    if wait is Wait.QUEUE:
        return f"Received. It is number {place} in the queue."
    if wait is Wait.TRIES:
        tries = "try" if policy.tries_a_day == 1 else f"{policy.tries_a_day} tries"
        return (
            f"Received. Your {tries} of today are used: this submission is graded after the due "
            "date, unless you hand in a newer one."
        )
    if wait is Wait.DUE:
        return "Received. It is graded after the due date, unless you hand in a newer one."
    if wait is Wait.LATE:
        return "Received after the due date. Your instructor decides what becomes of it."
    return (
        "Received, and not graded: the grader itself failed here. That is no fault of yours, and "
        "costs you no try."
    )


def try_sentence(used: int, policy: Policy) -> str:
    """Return what a student reads of a try.

    Args:
        used: Its number of the day.
        policy: The course's.
    """
    return (
        f"A try before the due date, number {used} of {policy.tries_a_day} today. "
        "Hidden inputs are drawn anew for each try, and for the final marking."
    )


def release_notice(steps: Steps, key: Key, name: str, text: str) -> None:
    """Put a page with one sentence where the feedback on a submission will be.

    Args:
        steps: nbgrader's.
        key: Its assignment and student.
        name: Its folder in the exchange.
        text: The sentence.

    Raises:
        StepFailed: It could not be released.
        OSError: It could not be written.
    """
    source = steps.inbound / name
    secret = secret_of(source)
    if not secret:
        return
    coursedir = steps.coursedir
    folder = Path(coursedir.format_path(FOLDER, key[1], key[0]))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    files = {SECRET: secret, STAMP: name.rsplit("+", 3)[2]}
    for notebook in sorted(source.glob("*.ipynb"))[:20]:
        files[f"{notebook.stem}.html"] = rendered("waiting.html", exercise=notebook.stem, text=text)
    for file, content in files.items():
        with replacing(folder / file) as target:
            target.write(content.encode())
    steps.release_from(FOLDER, key)
    shutil.rmtree(folder, ignore_errors=True)
