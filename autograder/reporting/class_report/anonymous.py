"""Takes the names out of what a class's report shows: nobody can be told who a student is."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from autograder.reporting.class_report.members import ClassFacts, Member, Part

#: Shorter words are in every text, and tell of nobody.
_LEAST_CHARACTERS = 2
PICTURES_LEFT_OUT = (
    "Pictures are left out of a report without names: a title or a label may hold one."
)


def without_names(facts: ClassFacts) -> ClassFacts:
    """Return a class with a number in place of each name, mixed, and without links and pictures.

    Names that stand in messages and notes are replaced too.
    """
    order = list(facts.members)
    random.SystemRandom().shuffle(order)  # numbers in the order of the names would tell them
    aliases = {member.name: f"#{number:03}" for number, member in enumerate(order, 1)}
    words: dict[str, str] = {}
    for member in order:
        for word in (member.name, *member.identities):
            if len(word) >= _LEAST_CHARACTERS:
                words.setdefault(word.casefold(), aliases[member.name])
    for name in facts.absent or ():
        words.setdefault(name.casefold(), "#")
    scrub = _Scrub(words)
    return replace(
        facts,
        members=tuple(_without_names(member, aliases[member.name], scrub) for member in order),
        absent=None if facts.absent is None else ("#",) * len(facts.absent),
        remarks=(
            *map(scrub.text, facts.remarks),
            *((PICTURES_LEFT_OUT,) if _has_pictures(facts.members) else ()),
        ),
    )


class _Scrub:
    """Replaces words, whatever their case, where they stand by themselves."""

    def __init__(self, words: dict[str, str]) -> None:
        self._words = words
        longest_first = sorted(words, key=len, reverse=True)
        alternatives = "|".join(map(re.escape, longest_first)) or r"(?!)"
        self._pattern = re.compile(rf"(?<![^\W_])(?:{alternatives})(?![^\W_])", re.IGNORECASE)

    def text(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._words.get(found[0].casefold(), "#"), text)

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {key: self.value(one) for key, one in value.items()}
        return value


def _without_names(member: Member, alias: str, scrub: _Scrub) -> Member:
    parts = tuple(
        Part(
            {
                **part.entry,
                "path": alias,
                "notes": scrub.value(part.entry["notes"]),
                "checks": [
                    {**check, "message": scrub.text(check["message"])}
                    for check in part.entry["checks"]
                ],
            },
            part.answers,
        )
        for part in member.parts
    )
    reasons = tuple(map(scrub.text, member.reasons))
    return replace(member, name=alias, parts=parts, reasons=reasons, link="", identities=())


def _has_pictures(members: Sequence[Member]) -> bool:
    return any(part.pictures for member in members for part in member.parts)
