"""An audit as JSON, by the schema beside this file, and as HTML pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from autograder.authoring.audit.outcomes import Audit, MutantOutcome, VariantOutcome
from autograder.authoring.audit.report import one_line_edit, toml_of
from autograder.records import Status
from autograder.text import printable

#: Raised whenever a field changes its meaning or goes; new fields may come without.
FORMAT = 1
SCHEMA = Path(__file__).with_name("audit.schema.json")


def document(audits: Sequence[Audit]) -> dict[str, Any]:
    """Return an audit as the schema describes it: plain values alone."""
    return {"format": FORMAT, "exercises": [_exercise(audit) for audit in audits]}


def dumps(made: Mapping[str, Any]) -> str:
    """Return a document as JSON, the same for the same findings."""
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def pages(audits: Sequence[Audit]) -> dict[str, str]:
    """Return HTML pages by their file names: an index, and one for each exercise.

    What stands in them comes from the course's own files and from what checks said: everything is
    escaped, nothing is loaded, and there is no script.
    """
    environment = Environment(
        loader=PackageLoader("autograder.authoring.audit"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = printable
    made = document(audits)["exercises"]
    files = {"index.html": environment.get_template("index.html").render(exercises=made)}
    for exercise in made:
        page = environment.get_template("exercise.html").render(exercise=exercise)
        files[f"{exercise['exercise']}.html"] = page
    return files


def _exercise(audit: Audit) -> dict[str, Any]:
    caught = audit.caught_by()
    wrong = audit.wrong
    return {
        "exercise": audit.slug,
        "score": round(audit.score, 6),
        "floor": audit.floor,
        "mutants": len(wrong),
        "killed": sum(one.killed for one in wrong),
        "equivalent": len(audit.mutants) - len(wrong),
        "variants": len(audit.variants),
        "variants_kept": audit.kept,
        "elsewhere": sum(bool(one.elsewhere) for one in audit.mutants),
        "findings": list(audit.findings),
        "unjudged": list(audit.unjudged),
        "trainings": {"brief": audit.trainings[0], "full": audit.trainings[1]},
        "seconds": round(audit.seconds, 1),
        "tasks": [_task(audit, task) for task in dict.fromkeys(one.task for one in audit.checks)],
        "checks": [
            {
                "check": check.name,
                "task": check.task,
                "points": check.points,
                "caught": caught[check.name][0],
                "alone": caught[check.name][1],
            }
            for check in audit.checks
        ],
        "mutant_outcomes": [_mutant(one) for one in audit.mutants],
        "variant_outcomes": [_variant(one) for one in audit.variants],
    }


def _task(audit: Audit, task: str) -> dict[str, Any]:
    mutants = [one for one in audit.mutants if one.mutant.task == task]
    wrong = [one for one in mutants if not one.reason]
    killed = [one for one in wrong if one.killed]
    variants = [one for one in audit.variants if one.variant.task == task]
    return {
        "task": task,
        "points": sum(check.points for check in audit.checks if check.task == task),
        "mutants": len(wrong),
        "killed": len(killed),
        "equivalent": len(mutants) - len(wrong),
        "elsewhere": sum(bool(one.elsewhere) for one in mutants),
        "several": sum(len(one.failures) > 1 for one in wrong),
        "points_lost": round(sum(one.points for one in killed) / max(len(killed), 1), 3),
        "variants": len(variants),
        "variants_kept": sum(one.kept for one in variants),
    }


def _mutant(outcome: MutantOutcome) -> dict[str, Any]:
    mutant = outcome.mutant
    return {
        "id": mutant.id,
        "task": mutant.task,
        "operator": mutant.operator,
        "outcome": "equivalent" if outcome.reason else "killed" if outcome.killed else "survived",
        "reason": outcome.reason,
        "breaks": mutant.breaks,
        "edit": one_line_edit(mutant),
        "replace": mutant.replace,
        "with": mutant.instead,
        "diff": mutant.diff,
        "toml": toml_of(mutant),
        "points_lost": outcome.points,
        "lost": _lost(outcome.lost),
        "elsewhere": _lost(outcome.elsewhere),
        "internal": dict(outcome.internal),
        "several": outcome.failures if len(outcome.failures) > 1 else [],
        "full_training": outcome.trained,
        "visible": None if outcome.visible is None else list(outcome.visible),
    }


def _variant(outcome: VariantOutcome) -> dict[str, Any]:
    return {
        "id": outcome.variant.id,
        "task": outcome.variant.task,
        "kept": outcome.kept,
        "diff": outcome.variant.diff,
        "lost": _lost(outcome.lost),
        "visible": None if outcome.visible is None else dict(outcome.visible),
    }


def _lost(lost: Mapping[str, tuple[Status, str]]) -> list[dict[str, str]]:
    return [
        {"check": name, "status": str(status), "message": message}
        for name, (status, message) in lost.items()
    ]
