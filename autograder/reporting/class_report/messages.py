"""The commonest messages of a class: those that say the same of different numbers are one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from autograder.reporting.cards import NOT_REACHED
from autograder.reporting.class_report.members import Entry

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
_LINE = re.compile(r" \(your line: .*", re.DOTALL)
_KEY_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class MessageGroup:
    """Messages that say the same.

    Attributes:
        example: The commonest among them, word for word.
        hint: The hint that goes with it.
        members: Whose they are, by their places in the class; those with the example first.
        tasks: In which tasks they came.
        titles: Of which checks.
    """

    example: str
    hint: str
    members: tuple[int, ...]
    tasks: tuple[str, ...]
    titles: tuple[str, ...]


@dataclass(slots=True)
class _Group:
    texts: Counter[tuple[str, str]] = field(default_factory=Counter)
    members: dict[int, tuple[str, str]] = field(default_factory=dict)
    tasks: dict[str, None] = field(default_factory=dict)
    titles: dict[str, None] = field(default_factory=dict)


def commonest(entries: Iterable[tuple[int, Entry]]) -> list[MessageGroup]:
    """Return the messages of what was not passed, those of most members first.

    What is our own fault is no message to a class, and is left out.

    Args:
        entries: The reports on one exercise, each with its member's place in the class.
    """
    groups: dict[str, _Group] = {}
    for place, entry in entries:
        # What stopped a check stands word for word, before those that it kept from being reached.
        for check in sorted(entry["checks"], key=lambda check: check["status"] == "SKIPPED"):
            if check["status"] in ("PASSED", "INTERNAL") or not check["message"]:
                continue
            group = groups.setdefault(_key(check["message"]), _Group())
            text = check["message"], check["hint"] if check["status"] != "SKIPPED" else ""
            group.tasks[check["task"]] = None
            group.titles[check["title"]] = None
            if place not in group.members:  # one fault that stopped several checks counts once
                group.members[place] = text
                group.texts[text] += 1
    ranked = sorted(groups.values(), key=lambda group: -len(group.members))
    return [_made(group) for group in ranked]


def _made(group: _Group) -> MessageGroup:
    (example, _), *_ = group.texts.most_common(1)
    members = sorted(group.members, key=lambda place: (group.members[place] != example, place))
    return MessageGroup(*example, tuple(members), tuple(group.tasks), tuple(group.titles))


def _key(message: str) -> str:
    """Return what messages that say the same have in common: the rule, whatever its numbers."""
    message = message.removeprefix(NOT_REACHED)
    rule, received, _ = message.partition(" Received:")
    rule = rule if received else _LINE.sub("", message)
    return _NUMBER.sub("#", rule[:_KEY_CHARACTERS])
