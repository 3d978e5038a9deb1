"""Checks an exercise each time it is saved: `python watch.py`, or `python watch.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:
    sys.path.insert(0, str(HERE))


def main(arguments: list[str]) -> int:
    """Watch the exercises that are named, all if none is."""
    if sys.version_info < (3, 11):
        print(f"The exercises need Python 3.11 or newer. Received: {sys.version.split()[0]}.")
        return 2
    try:
        from course_checks import watching
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        from course_checks import words

        print(f"Checks are run by pytest. Received: no pytest in {sys.executable}.")
        print(f"{words.activate(HERE)}or install it: {sys.executable} -m pip install pytest")
        return 2
    return watching.watch(HERE, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
