"""What hidden inputs are drawn from: of each try another seed, none of which tells another."""

from __future__ import annotations

import hashlib
import hmac

from autograder.edges.serve.policy import Work


def seed_of(secret: bytes, work: Work, assignment: str, student: str, name: str) -> bytes | None:
    """Return the seed of one submission's hidden inputs; None means the course's own.

    What is final for a class is graded with one draw, which nobody has seen before the due date.
    A try has a draw of its own, and so has what arrives after the due date, when others may have
    read the final draw in their feedback. The same submission has the same draw each time it is
    begun.

    Args:
        secret: The course's; seeds do not tell it.
        work: What is done with the submission.
        assignment: What it is for.
        student: Whose it is.
        name: Its folder in the exchange.
    """
    if work is Work.FINAL:
        return None
    parts = (work.value, assignment, student, name)
    text = b"".join(b"%d:%s" % (len(part.encode()), part.encode()) for part in parts)
    return hmac.new(secret, b"autograder serve:" + text, hashlib.sha256).digest()
