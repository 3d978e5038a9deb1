"""Answers that resemble each other more than those of a class do: listed, never accused.

`copydetect` compares as Moss does: by passages of the token stream, whatever names, comments and
blanks are. Passages that were given, that the reference solution holds, or that many hand in are
expected, and count for nothing; of a short exercise hardly anything is left.
"""

from __future__ import annotations

import io
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

#: Passages that so many members share, or this part of them, are common knowledge.
_COMMON_COUNT, _COMMON_SHARE = 5, 0.1
#: Tokens in a passage, and the least that is left of an answer to compare it by.
_PASSAGE, _LEAST = 25, 120
#: The part of an answer's own passages that a pair must share to be listed.
BOUND = 0.8
_MAX_COMPARED, _MAX_PAIRS = 400, 40
#: What is read of an answer, and of all together.
_MAX_CHARACTERS, _MAX_ALL_CHARACTERS = 30_000, 1_500_000


@dataclass(frozen=True, slots=True)
class Pair:
    """Two members, by place, and the part of the shorter answer's own passages that both hold."""

    first: int
    second: int
    share: float


@dataclass(frozen=True, slots=True)
class Similarity:
    """What a comparison found.

    Attributes:
        identical: Members whose answers are the same, comments and names included.
        pairs: Others that share much, most first.
        more: How many pairs there are beyond those.
        compared: How many different answers were compared.
        short: How many had too little of their own to be compared.
        left_out: How many different answers were beyond the bound.
    """

    identical: tuple[tuple[int, ...], ...]
    pairs: tuple[Pair, ...]
    more: int
    compared: int
    short: int
    left_out: int


def similarity(answers: Sequence[str], expected: str) -> Similarity:
    """Compare the answers of a class to one exercise with each other.

    Args:
        answers: A text per member; "" where it is not known.
        expected: What many may share: the stub, and the reference solution.
    """
    given = set(map(str.strip, expected.splitlines()))
    most = min(_MAX_CHARACTERS, _MAX_ALL_CHARACTERS // max(len(answers), 1))
    by_text: dict[str, list[int]] = {}
    for place, answer in enumerate(answers):
        text = _normal(answer[:most])
        if not set(text.splitlines()) <= given:  # else nothing of it is a student's own
            by_text.setdefault(text, []).append(place)
    texts = list(by_text)[:_MAX_COMPARED]
    owners = [by_text[text] for text in texts]
    prints = _fingerprints(texts, expected)
    pairs = [
        Pair(owners[i][0], owners[j][0], share)
        for i, j in itertools.combinations(range(len(texts)), 2)
        if prints[i] is not None
        and prints[j] is not None
        and (share := _shared(prints[i], prints[j])) >= BOUND
    ]
    pairs.sort(key=lambda pair: (-pair.share, pair.first, pair.second))
    return Similarity(
        tuple(tuple(places) for places in by_text.values() if len(places) > 1),
        tuple(pairs[:_MAX_PAIRS]),
        len(pairs[_MAX_PAIRS:]),
        sum(one is not None for one in prints),
        sum(one is None for one in prints),
        len(by_text) - len(texts),
    )


def _normal(text: str) -> str:
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _fingerprints(texts: Sequence[str], expected: str) -> list[Any]:
    """Return copydetect's fingerprint of each text, without what is expected; None if too short."""
    import numpy as np

    nothing = np.empty(0, dtype=np.int64)
    known = _fingerprint(expected, nothing).hashes
    whole = [_fingerprint(text, nothing) for text in texts]
    counts = Counter(itertools.chain.from_iterable(one.hashes for one in whole))
    most = max(_COMMON_COUNT, _COMMON_SHARE * len(texts))
    known |= {passage for passage, count in counts.items() if count > most}
    found = [_fingerprint(one.filtered_code, _array(known), is_filtered=True) for one in whole]
    return [one if one.token_coverage >= _LEAST else None for one in found]


def _fingerprint(text: str, known: Any, *, is_filtered: bool = False) -> Any:
    """Return copydetect's fingerprint of a text, or of the tokens that it filtered from one."""
    from copydetect import CodeFingerprint

    # A window of 1 takes every passage, so that the outcome hangs on no hash's order.
    options: dict[str, Any] = {"language": "python", "filter": not is_filtered}
    return CodeFingerprint("answers.py", _PASSAGE, 1, known, fp=io.StringIO(text), **options)


def _array(passages: set[int]) -> Any:
    import numpy as np

    return np.fromiter(passages, dtype=np.int64, count=len(passages))


def _shared(first: Any, second: Any) -> float:
    """Return the part of the shorter of two answers that the other one holds."""
    from copydetect import compare_files

    least = min(len(first.hashes), len(second.hashes))
    if len(first.hashes & second.hashes) < BOUND * 0.8 * least:  # without counting every token
        return 0.0
    _, shares, _ = compare_files(first, second)
    return min(float(max(shares)), 1.0)
