"""`autograder cache`: what is kept of earlier gradings, and how to make room."""

from __future__ import annotations

import argparse
import sys

from rich import box
from rich.table import Table

from autograder.course.state import default_store
from autograder.edges.cli.commands.exits import GRADED
from autograder.edges.cli.course import course_in_use
from autograder.errors import UsageError
from autograder.reporting.terminal import console
from autograder.store.store import Store


def run(args: argparse.Namespace) -> int:
    """Show each kind's size and last use; with `--prune` or `--clear` remove some first."""
    _check(args)
    store = default_store(course_in_use())
    if args.prune or args.clear:
        _must_be_known(store, args.kind)
        limit = 0 if args.clear else args.max_size
        pruned = store.prune(limit, kind=args.kind, older_than_s=args.older_than)
        print(f"entries removed: {pruned.entries} ({_size(pruned.bytes)})")
    _show(store)
    return GRADED


def _check(args: argparse.Namespace) -> None:
    limits = args.max_size is not None or args.older_than is not None
    if limits and not args.prune:
        raise UsageError(
            "--max-size and --older-than say what --prune removes. Received: them without it. "
            "Add --prune."
        )
    if args.kind and not (args.prune or args.clear):
        raise UsageError(
            "--kind says what --prune or --clear removes. Received: it alone. Add one of them."
        )


def _must_be_known(store: Store, kind: str | None) -> None:
    kinds = store.kinds()
    if kind and kinds and kind not in kinds:  # a misspelled kind must not look like an empty one
        raise UsageError(
            f"--kind must be one of {', '.join(kinds)}. Received: {kind!r}. Correct the name."
        )


def _show(store: Store) -> None:
    to = console(sys.stdout)
    usages = store.usage()
    if usages:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for column in ("kind", "entries", "size", "oldest use", "last use"):
            table.add_column(column, justify="right" if column in ("entries", "size") else "left")
        for usage in usages:
            uses = [
                f"{use.astimezone():%Y-%m-%d %H:%M}" for use in (usage.oldest_use, usage.newest_use)
            ]
            table.add_row(usage.kind, str(usage.entries), _size(usage.bytes), *uses)
        to.print(table)
    total = f"{_size(store.bytes_on_disk())} of at most {_size(store.max_bytes)}"
    # A file that several kinds share is counted in the size of each, and once in the total.
    to.print(f"{total} in {store.folder}", soft_wrap=True)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
