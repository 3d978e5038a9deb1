"""What was measured of a class, as tables."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from _common import Table

#: The size of the class that the goal is about.
GOAL_STUDENTS = 100


def tables(
    rows: Sequence[Mapping[str, Any]],
    groups: Mapping[str, Mapping[str, float]],
    args: argparse.Namespace,
) -> list[Table]:
    """Return a table of the exercises, and one of them together."""
    count = args.students
    each = Table(
        f"A class of {count} on {args.data} data: seconds",
        ("exercise", "class", "trainings, new", "as many more", "one more", "each", "stock, each",
         "visible alone", "each / each"),
        [
            (
                row["exercise"],
                _shown(row, "class_s"),
                f"{row['trainings']}, {row.get('trainings_more', '-')}",
                _shown(row, "more_s"),
                _shown(row, "one_s"),
                _shown(row, "marginal_s", 2),
                _shown(row, "stock_each_s"),
                _shown(row, "stock_visible_each_s"),
                f"{row['stock_each_s'] / row['marginal_s']:.0f}"
                if "stock_each_s" in row and row.get("marginal_s", 0) > 0
                else "-",
            )
            for row in rows
        ],
    )  # fmt: skip
    summed = Table(
        "Exercises together: seconds, and throughput of ours where stock is 1",
        ("exercises", "class", "stock, class", f"ratio at {count}", "each (mean)", "each / each",
         f"ratio at {max(count, GOAL_STUDENTS)}", "visible tests alone"),
        [
            (
                group,
                _shown(one, "class_s"),
                _shown(one, "stock_class_s"),
                _shown(one, "ratio"),
                _shown(one, "marginal_s", 2),
                _shown(one, "ratio_each", 0),
                _shown(one, "ratio_at_100"),
                _shown(one, "visible_ratio_at_100"),
            )
            for group, one in groups.items()
            if one
        ],
    )  # fmt: skip
    return [each, summed] if summed.rows else [each]


def _shown(row: Mapping[str, Any], key: str, digits: int = 1) -> str:
    return f"{row[key]:.{digits}f}" if key in row else "-"
