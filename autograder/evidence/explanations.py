"""What a student reads of a call that gave no value, and of a box that ended early."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.errors import SandboxError
from autograder.evidence.frames import Answer
from autograder.evidence.transcript import Break, End
from autograder.guest.protocol.answers import ErrorFacts
from autograder.records import Status

_SIGNALS = {6: "a crash (SIGABRT)", 9: "SIGKILL", 11: "a crash (SIGSEGV)", 25: "SIGXFSZ"}
_MEMORY_ERRORS = frozenset(("MemoryError", "ResourceExhaustedError"))


def explain(answer: Answer, elsewhere: Mapping[str, str]) -> tuple[Status, str]:
    """Return the status and the sentence for a call that gave no value.

    Args:
        answer: The call.
        elsewhere: Per function that seems to be written where it cannot count, a sentence on it.
    """
    name = answer.function
    if answer.outcome == "missing":
        message = f"`{name}` must be defined. Received: no function of that name."
        return Status.SKIPPED, f"{message} {elsewhere[name]}" if name in elsewhere else message
    if answer.outcome == "unwritten":
        if name in elsewhere:
            return Status.SKIPPED, f"`{name}` is not written where it counts. {elsewhere[name]}"
        return Status.SKIPPED, f"`{name}` is not written yet."
    error = answer.error or ErrorFacts("an exception", "")
    if answer.outcome == "timed_out":
        return Status.TIMED_OUT, f"`{name}` must end in time. {error.message}"
    if error.type in _MEMORY_ERRORS:
        return Status.OUT_OF_MEMORY, f"`{name}` asked for more memory than a submission may use."
    return Status.ERRORED, f"`{name}` raised {described_error(error)}"


def explain_end(end: End) -> tuple[Status, str]:
    """Return the status and the sentence for a box that ended before it was asked everything."""
    where = f"in `{end.function}`" if end.function else "while its cells were run"
    if end.facts.why == "time" or end.cause is Break.TIME:
        return Status.TIMED_OUT, f"A submission must end in time. It was still running {where}."
    if end.facts.why == "memory":
        used = f"It used {end.facts.peak_mib:.0f} MiB {where}."
        rule = f"A submission may use only so much memory. {used}"
        return Status.OUT_OF_MEMORY, f"{rule} Look for lists or arrays that grow without end."
    if end.cause is Break.FRAME:
        return Status.ERRORED, f"The submission broke off its answers. {end.detail}"
    if end.facts.why == "lost":
        raise SandboxError(f"A box was lost {where}.")
    how = f"with exit status {end.facts.code}"
    if end.facts.signal is not None:
        how = f"by {_SIGNALS.get(end.facts.signal, f'signal {end.facts.signal}')}"
    rule = f"A submission must not end its process. It ended {how} {where}."
    return Status.ERRORED, f"{rule} Look for `os._exit`, `os.abort`, or a crash in compiled code."


def described_error(error: ErrorFacts) -> str:
    """Return an exception of a box in one line."""
    text = error.type
    if error.message:
        text += f": {error.message}"
    if error.source:
        text += f" (your line: `{error.source}`)"
    return text
