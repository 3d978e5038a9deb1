"""Whether the package that runs is the one in the course's checkout, where that holds one."""

from __future__ import annotations

from pathlib import Path

import autograder
from autograder.course.catalog import Course


def package_problems(course: Course, imported: Path | None = None) -> list[str]:
    """Return a line if the imported package is not what stands in the checkout.

    Graders, probes and calibrations are no part of it: those of the course's folder are used,
    whichever package runs.

    Args:
        course: The course's checkout.
        imported: The folder of the package that runs.
    """
    imported = imported or Path(autograder.__file__).parent
    checkout = course.root / "autograder"
    if not (checkout / "__init__.py").is_file() or checkout.samefile(imported):
        return []
    hidden = course.root / course.hidden
    for path in sorted(checkout.rglob("*.py")):
        twin = imported / path.relative_to(checkout)
        if path.is_relative_to(hidden):
            continue
        if not twin.is_file() or twin.read_bytes() != path.read_bytes():
            differs = f"{imported}, which has another {path.relative_to(checkout)} than {checkout}"
            rule = f"The package that runs is the checkout's. Received: {differs}."
            return [f"{rule} Install it again: make develop, or pip install ."]
    return []
