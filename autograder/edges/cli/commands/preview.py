"""`autograder preview`: an exercise as students see it, as one local page."""

from __future__ import annotations

import argparse
import sys
import time
import webbrowser
from pathlib import Path

from autograder.authoring import course_check, render
from autograder.authoring.preview import preview, waiting, watched
from autograder.course.catalog import Course
from autograder.edges.cli.commands.exits import GRADED
from autograder.edges.cli.commands.files import must_be_writable, write
from autograder.edges.cli.course import course_to_author
from autograder.errors import AutograderError

_LOOK_S = 0.5


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
    while True:
        time.sleep(_LOOK_S)
        now = watched(course, slug)
        if now == seen:
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
