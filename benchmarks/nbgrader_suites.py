"""nbgrader's own tests under stock settings and under this course's: a table, and what differs.

The exit status is 1 where a test passes under stock settings alone and `docs/nbgrader.md` does not
name it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from _common import Table, machine, parser, report, say, scratch
from _stock_suite import MEANT, SUITES, outcomes, site_configuration, suite_file, unexpected


def main(argv: Sequence[str] | None = None) -> int:
    """Run the suites one by one, each under both settings."""
    made = parser("nbgrader_suites", __doc__)
    made.add_argument(
        "--suites",
        nargs="+",
        choices=SUITES,
        metavar="SUITE",
        help=f"tests of which of nbgrader's commands (all; one if --quick): {', '.join(SUITES)}",
    )
    args = made.parse_args(argv)
    before, results, rows = machine(), {}, []
    for suite in args.suites or (("update",) if args.quick else SUITES):
        with scratch() as folder:
            site = site_configuration(folder / "site")
            came = {}
            for settings, configuration in (("stock", None), ("ours", site)):
                say(f"{suite}, {settings}")
                (folder / settings).mkdir()
                came[settings], said = outcomes(
                    [str(suite_file(suite))], folder / settings, configuration
                )
                if not came[settings]:
                    sys.exit(f"nbgrader's tests of {suite} must run. Received:\n{said[-3000:]}")
        results[suite] = {**came, "unexpected": unexpected(came["stock"], came["ours"])}
        rows.append(_row(suite, came["stock"], came["ours"], results[suite]["unexpected"]))
    columns = ("suite", "tests", "stock", "ours", "differ as they are meant to", "differ otherwise")
    report("nbgrader_suites", args, results, [Table("Passed", columns, rows)], before=before)
    return 1 if any(one["unexpected"] for one in results.values()) else 0


def _row(
    suite: str, stock: Mapping[str, str], ours: Mapping[str, str], wrong: Sequence[str]
) -> tuple[str, ...]:
    passed = [str(sum(one == "PASSED" for one in came.values())) for came in (stock, ours)]
    lost = [name for name in stock if stock[name] == "PASSED" and ours.get(name) != "PASSED"]
    meant = sorted({name.partition("[")[0] for name in lost} & MEANT)
    names = [", ".join(one.partition("::")[2] for one in some) for some in (meant, wrong)]
    return (suite, str(len(stock)), *passed, *names)


if __name__ == "__main__":
    sys.exit(main())
