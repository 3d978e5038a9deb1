"""What a terminal shows of an audit: a table of exercises and tasks, what survived, findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console, Group
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from autograder.authoring.audit.mutants import Mutant
from autograder.authoring.audit.outcomes import Audit, MutantOutcome, VariantOutcome
from autograder.errors import UsageError
from autograder.text import one_line, printable

_LINE = 240
_LISTED = 12


def print_audits(audits: Sequence[Audit], to: Console) -> None:
    """Print what an audit found, exercise by exercise."""
    for audit in audits:
        to.print(_tasks(audit))
        for block in _lists(audit):
            to.print(block)
        to.print()


def one_line_edit(mutant: Mutant) -> str:
    """Return `replaced → instead`, on one line."""
    parts = (
        " ⏎ ".join(line.strip() for line in text.split("\n")) for text in changed_lines(mutant)
    )
    return one_line(" → ".join(parts), _LINE)


def changed_lines(mutant: Mutant) -> tuple[str, str]:
    """Return what is replaced and what stands instead, without the lines that both share."""
    before, after = mutant.replace.split("\n"), mutant.instead.split("\n")
    while len(before) > 1 and len(after) > 1 and before[0] == after[0]:
        before, after = before[1:], after[1:]
    while len(before) > 1 and len(after) > 1 and before[-1] == after[-1]:
        before, after = before[:-1], after[:-1]
    return "\n".join(before), "\n".join(after)


def toml_of(mutant: Mutant) -> str:
    """Return the entry that calls a mutant equivalent, for an author to paste and argue."""
    fields = {"task": mutant.task, "replace": mutant.replace, "with": mutant.instead}
    lines = [f"{name} = {_toml_text(text)}" for name, text in fields.items()]
    return "\n".join(["[[equivalent]]", *lines, 'reason = "…"'])


def _toml_text(text: str) -> str:
    if "'''" not in text and ("\n" in text or '"' in text):
        return f"'''{text}'''" if "\n" in text or "'" in text else f"'{text}'"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def show(audits: Sequence[Audit], name: str, to: Console) -> None:
    """Print one mutant or variant: its diff, what every check said, and its entry.

    Raises:
        UsageError: There is none of that name, or several.
    """
    named: list[tuple[Audit, MutantOutcome | VariantOutcome]] = []
    for audit in audits:
        outcomes: list[MutantOutcome | VariantOutcome] = [*audit.mutants, *audit.variants]
        for outcome in outcomes:
            own = outcome.mutant.id if isinstance(outcome, MutantOutcome) else outcome.variant.id
            if name in (own, f"{audit.slug}/{own}"):
                named.append((audit, outcome))
    if len(named) != 1:
        raise UsageError(
            f"--show names one mutant or variant, as the audit prints it. Received: {name!r}, "
            f"which names {len(named)}. Copy the name, with exercise and slash."
        )
    audit, outcome = named[0]
    made = outcome.mutant if isinstance(outcome, MutantOutcome) else outcome.variant
    to.print(Text(f"{audit.slug}/{made.id}", style="bold"))
    to.print(Syntax(printable(made.diff), "diff", background_color="default"))
    if isinstance(outcome, MutantOutcome):
        if outcome.mutant.breaks:
            to.print(Text(f"It breaks: {printable(outcome.mutant.breaks)}"))
        if outcome.reason:
            to.print(Text(f"It is equivalent: {printable(outcome.reason)}"))
        lost = {**outcome.lost, **outcome.elsewhere}
    else:
        lost = dict(outcome.lost)
    for check in audit.checks:
        status, message = lost.get(check.name, ("PASSED", ""))
        to.print(Text(f"  {status:<9} {check.task}: {check.name} {printable(message)}"))
    for seen, words in _seen(outcome):
        to.print(Text(f"  visible: {seen} {printable(words)}"))
    if isinstance(outcome, MutantOutcome) and outcome.survived:
        to.print(Text("\nIf it is as right as the solution, mutants.toml says so and why:\n"))
        to.print(Text(toml_of(outcome.mutant)))


def _seen(outcome: MutantOutcome | VariantOutcome) -> Iterator[tuple[str, str]]:
    if isinstance(outcome, VariantOutcome):
        yield from (outcome.visible or {}).items()
    else:
        yield from ((check, "says wrong.") for check in outcome.visible or ())


def _tasks(audit: Audit) -> Group:
    rows = _table()
    for name in ("task", "mutants", "killed", "equal", "survive", "elsewhere", "several"):
        rows.add_column(name, justify="left" if name == "task" else "right")
    rows.add_column("points lost", justify="right")
    rows.add_column("variants kept", justify="right")
    tasks = list(dict.fromkeys(check.task for check in audit.checks))
    for task in [*tasks, ""]:
        mutants = [one for one in audit.mutants if task in ("", one.mutant.task)]
        wrong = [one for one in mutants if not one.reason]
        killed = [one for one in wrong if one.killed]
        variants = [one for one in audit.variants if task in ("", one.variant.task)]
        worth = sum(check.points for check in audit.checks if task in ("", check.task))
        mean = sum(one.points for one in killed) / len(killed) if killed else 0.0
        if not task:
            rows.add_section()
        rows.add_row(
            Text(task or "all"),
            str(len(wrong)),
            str(len(killed)),
            str(len(mutants) - len(wrong)),
            str(len(wrong) - len(killed)),
            str(sum(bool(one.elsewhere) for one in mutants)),
            str(sum(len(one.failures) > 1 for one in wrong)),
            f"{mean:.1f} of {worth}",
            f"{sum(one.kept for one in variants)} of {len(variants)}",
        )
    short, full = audit.trainings
    head = Text.assemble(
        (audit.slug, "bold"),
        f"  score {audit.score:.3f}",
        f", floor {audit.floor:.2f}" if audit.floor is not None else ", no floor",
        f", {short} trainings cut short, {full} in full, {audit.seconds:.0f} s",
    )
    return Group(head, rows)


def _table() -> Table:
    return Table(pad_edge=False, box=box.SIMPLE_HEAD, border_style="dim")


def _lists(audit: Audit) -> Iterator[Text]:
    survivors = [f"{one.mutant.id}: {one_line_edit(one.mutant)}" for one in audit.survivors]
    yield from _list("Survivors (wrong, and no point lost)", survivors, limit=None)
    yield from _list("Findings", [one_line(one, 600) for one in audit.findings], limit=None)
    several = [f"{one.mutant.id}: {', '.join(one.failures)}" for one in audit.several()]
    yield from _list("Several checks fail for one edit", several)
    unseen = [f"{one.mutant.id}: {one_line_edit(one.mutant)}" for one in audit.unseen()]
    shown = sum(one.killed for one in audit.wrong) - audit.unshown
    title = f"Hidden checks alone see it (of {shown} that visible checks were shown)"
    yield from _list(title, unseen)
    caught = [
        f"{name}: {number} caught, {alone} alone"
        for name, (number, alone) in audit.caught_by().items()
    ]
    yield from _list("Checks", caught, limit=None)
    idle = [name for name, (_, alone) in audit.caught_by().items() if not alone]
    yield from _list("Checks that no mutant needs", idle, limit=None)
    yield from _list("Judged after full trainings alone", list(audit.unjudged), limit=None)


def _list(title: str, lines: Sequence[str], *, limit: int | None = _LISTED) -> Iterator[Text]:
    if not lines:
        return
    shown = list(lines if limit is None else lines[:limit])
    if len(shown) < len(lines):
        shown.append(f"and {len(lines) - len(shown)} more (--json has them all)")
    text = Text(f"{title}: {len(lines)}\n", style="")
    text.stylize("bold")
    text.append("\n".join(f"  {printable(line)}" for line in shown), style="not bold")
    yield text


def print_summary(audits: Sequence[Audit], to: Console) -> None:
    """Print a line for each exercise."""
    rows = _table()
    for name in ("exercise", "mutants", "killed", "equivalent", "score", "floor"):
        rows.add_column(name, justify="left" if name == "exercise" else "right")
    rows.add_column("variants kept", justify="right")
    rows.add_column("elsewhere", justify="right")
    rows.add_column("findings", justify="right")
    for audit in audits:
        wrong = audit.wrong
        rows.add_row(
            Text(audit.slug),
            str(len(wrong)),
            str(sum(one.killed for one in wrong)),
            str(len(audit.mutants) - len(wrong)),
            f"{audit.score:.3f}",
            "-" if audit.floor is None else f"{audit.floor:.2f}",
            f"{audit.kept} of {len(audit.variants)}",
            str(sum(bool(one.elsewhere) for one in audit.mutants)),
            str(len(audit.findings)),
        )
    to.print(rows)
