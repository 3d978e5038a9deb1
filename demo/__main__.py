"""`python demo`: the whole round, the table of marks, and what to open afterwards."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote

from classroom.commands import PROGRAMS, CommandError
from classroom.folders import REPOSITORY, SEED, Classroom
from classroom.marks import read_marks, table, unmarked
from classroom.round import disagreements, hand_in, mark
from classroom.students import STUDENTS

from autograder.course.catalog import find_course
from autograder.errors import AutograderError

FOLDER = REPOSITORY / "build" / "demo"


def main() -> int:
    """Run the demo; 0 when every step worked and every mark is what it must be."""
    try:
        course = find_course(REPOSITORY)
        classroom = Classroom(FOLDER, course.slugs)
        classroom.runner.say(f"Working in {_shown(FOLDER)}, with the bundled sample of the data.")
        hand_in(classroom, course)
        mark(classroom)
    except (CommandError, AutograderError) as error:
        print(f"\nThe demo stopped here:\n\n{error}", file=sys.stderr)
        return 1

    marks = read_marks(classroom.course / "grades.csv")
    print(f"\n{table(marks, {s.name: s.handed_in for s in STUDENTS}, classroom.slugs)}\n")
    _show_paths(classroom)
    wrong = disagreements(marks, classroom.slugs)
    wrong += [
        f"{cell} was left to a person" for cell in unmarked(classroom.course / "gradebook.db")
    ]
    for line in wrong:
        print(f"NOT AS IT MUST BE: {line}", file=sys.stderr)
    classroom.runner.say("Done." if not wrong else "Done, but the marks are not what they must be.")
    return 1 if wrong else 0


def _show_paths(classroom: Classroom) -> None:
    slug = "ex04_perceptron" if "ex04_perceptron" in classroom.slugs else classroom.slugs[0]
    print("Open in a browser, as the students do:")
    for student in STUDENTS:
        print(f"  {student.name:<5} {_shown(classroom.feedback(student.name, slug))}")
    print("The class at a glance, a page an assignment:")
    print(f"  {_shown(classroom.course / 'class_reports' / f'{slug}.html')}")
    print("All marks, as nbgrader exported them, and what each command printed:")
    print(f"  {_shown(classroom.course / 'grades.csv')}")
    print(f"  {_shown(classroom.folder / 'logs')}")
    print("The instructor's view: start this, then open Nbgrader > Formgrader in its menu:")
    print(
        f"  cd {quote(_shown(classroom.course))} && PATH={quote(str(PROGRAMS))}:$PATH "
        f"JUPYTER_CONFIG_DIR={quote(str(classroom.site))} AUTOGRADER_SEED={SEED} jupyter lab\n"
    )


def _shown(path: Path) -> str:
    """A path as short as it can be typed here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
