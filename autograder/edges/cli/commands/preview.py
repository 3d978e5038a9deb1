"""`autograder preview`: an exercise as students see it, as one local page."""

from __future__ import annotations

import argparse
import sys
import time
import webbrowser
from collections.abc import Collection, Iterator
from pathlib import Path

from autograder.authoring import course_check, render
from autograder.authoring.preview import preview, waiting, watched
from autograder.course.catalog import Course
from autograder.edges.cli.commands.exits import GRADED
from autograder.edges.cli.commands.files import must_be_writable, write
from autograder.edges.cli.course import course_to_author
from autograder.errors import AutograderError

_LOOK_MS = 1000


def run(args: argparse.Namespace) -> int:
    """Write the page, open it, and with `--watch` write it again after every change."""
    course = course_to_author()
    slug = course.exercise(args.slug).slug
    path = args.out or Path(f"{slug}-preview.html")
    must_be_writable(path, "--out")
    write(path, preview(course, slug, args.wrong).encode())
    print(f"written: {path}")
    if args.open:
        webbrowser.open(path.resolve().as_uri())
    if args.watch:
        print("watching; Ctrl-C ends it", file=sys.stderr, flush=True)
        watch(course, slug, args.wrong, path)
    return GRADED


def watch(course: Course, slug: str, wrong: str, path: Path) -> None:
    """Render and write the page again when a file of the exercise changes, until interrupted."""
    seen = watched(course, slug)
    for _ in _looks({file.parent for file in seen}):
        if watched(course, slug) == seen:
            continue
        try:
            render.write(render.render(course, [slug], course_check.points(course, [slug])))
            page = preview(course, slug, wrong)
            print(f"written: {path}", flush=True)
        except AutograderError as error:  # a file that is half written; the next change mends it
            page = waiting(slug, str(error))
            print(f"autograder: {error}", file=sys.stderr, flush=True)
        write(path, page.encode())
        seen = watched(course, slug)  # what was rendered is no change


def _looks(folders: Collection[Path]) -> Iterator[None]:
    """Yield when a file in these folders may have changed: when told, and now and then besides."""
    try:
        import watchfiles

        # Not every file system tells of changes: a share over a network does not.
        for _ in watchfiles.watch(
            *folders, debounce=200, rust_timeout=_LOOK_MS, yield_on_timeout=True
        ):
            yield
    except (ImportError, OSError) as error:
        print(
            f"autograder: the system does not tell of changes ({error}); they are looked for.",
            file=sys.stderr,
            flush=True,
        )
        while True:
            time.sleep(_LOOK_MS / 1000)
            yield
