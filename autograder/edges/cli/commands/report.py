"""`autograder report`: stored reports as tables, or a class at a glance."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.course.catalog import Course, find_course
from autograder.edges.cli.commands.exits import GRADED, INTERNAL
from autograder.errors import CourseError, UsageError
from autograder.reporting.class_report.anonymous import without_names
from autograder.reporting.class_report.csv_table import csv_text
from autograder.reporting.class_report.facts import answers_of, classes_of, entries_of
from autograder.reporting.class_report.kept import REPORT, read_kept
from autograder.reporting.class_report.members import ClassFacts, Part
from autograder.reporting.class_report.terminal import print_class, print_run
from autograder.reporting.class_report.written import write_class
from autograder.reporting.json_report import document_of, load
from autograder.reporting.terminal import console, print_submissions
from autograder.submission.outputs import MAX_FILE_BYTES
from autograder.submission.safe_files import read_submitted


def run(args: argparse.Namespace) -> int:
    """Show or write what was asked for; the exit status says whether something is INTERNAL."""
    if args.assignments is None:
        return _show_files(args)
    files, names = _sorted_out(args)
    if files:
        classes = _from_files(files, names, args.html)
    else:
        classes = _from_gradebook(names, args.html or Path.cwd())
    if args.anonymous:
        classes = [without_names(facts) for facts in classes]
    if args.html:
        _write_pages(classes, args.html, with_csv=args.csv)
    elif args.csv:
        print(csv_text(classes), end="")
    else:
        to = console(sys.stdout)
        for facts in classes:
            print_class(facts, to)
            if args.full:
                print_submissions(document_of(entries_of(facts)), to)
    entries = [entry for facts in classes for entry in entries_of(facts)]
    return INTERNAL if any(entry["status"] == "INTERNAL" for entry in entries) else GRADED


def _show_files(args: argparse.Namespace) -> int:
    if args.html or args.csv or args.anonymous:
        raise UsageError(
            "--html, --csv and --anonymous are about a class. Received: them without --class. "
            "Add --class."
        )
    if not args.files:
        raise UsageError(
            "A report is shown of a stored JSON, or of a class. Received: neither. "
            "Name a file that `autograder grade --json` wrote, or add --class."
        )
    internal = False
    for path in args.files:
        stored = load(path)
        print_run(stored, console(sys.stdout), full=args.full)
        internal |= any(entry["status"] == "INTERNAL" for entry in stored["submissions"])
    return INTERNAL if internal else GRADED


def _sorted_out(args: argparse.Namespace) -> tuple[list[Path], list[str]]:
    """Return files and names of assignments: `--class` takes all words that follow it."""
    files, names = list(args.files), []
    for word in args.assignments:
        if word.endswith(".json") or "/" in word:
            files.append(Path(word))
        else:
            names.append(word)
    return files, names


def _from_files(
    files: Sequence[Path], names: Sequence[str], pages: Path | None
) -> list[ClassFacts]:
    try:
        course: Course | None = find_course()
    except CourseError:  # reports need none; without it the page shows less
        course = None
    parts = [_with_answers(part) for path in files for part in _parts(path)]
    classes = {facts.assignment: facts for facts in classes_of(parts, course, pages)}
    if not classes:
        raise UsageError(
            "A class is of reports. Received: files that hold none. Name what "
            "`autograder grade` wrote with --json or --out."
        )
    for name in names:
        if name not in classes:
            raise UsageError(
                f"--class takes exercises that there are reports on: {', '.join(classes)}. "
                f"Received: {name!r}. Correct the name."
            )
    return [classes[name] for name in dict.fromkeys(names)] if names else list(classes.values())


def _parts(path: Path) -> Iterator[Part]:
    if not path.is_dir():
        yield from read_kept(path)
        return
    found = sorted(path.rglob(REPORT)) or sorted(path.glob("*.json"))
    if not found:
        raise UsageError(
            f"A folder of reports holds files named {REPORT}. Received: {path}, where there is "
            "none. Name a folder that `autograder grade --out` wrote."
        )
    for file in found:
        yield from read_kept(file)


def _with_answers(part: Part) -> Part:
    """Return a part with the text of its answers, where the file still lies where it was graded."""
    path = Path(part.entry["path"])
    if part.answers or path.suffix not in (".py", ".ipynb"):
        return part
    try:
        content = read_submitted(path, MAX_FILE_BYTES)
    except Exception:  # noqa: BLE001 - it has gone, or is no plain file: it is not compared
        return part
    return replace(part, answers=answers_of(content, path.suffix))


def _from_gradebook(names: Sequence[str], pages: Path) -> list[ClassFacts]:
    from autograder.edges.gradebook_class import classes_of_gradebook

    return classes_of_gradebook(find_course(), names, pages)


def _write_pages(classes: Sequence[ClassFacts], folder: Path, *, with_csv: bool) -> None:
    for facts in classes:
        try:
            page = write_class(facts, folder, with_csv=with_csv)
        except OSError as error:
            raise UsageError(
                f"--html must name a folder that can be written. Received: {folder}: "
                f"{error.strerror}. Correct the path."
            ) from None
        print(f"autograder: {facts.assignment}: {page}", file=sys.stderr)
