"""Which submissions of a class nbgrader's autograding will process: known before it begins."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import BaseConverter

from autograder.course.catalog import Course
from autograder.edges.nbgrader.prefetch import Source
from autograder.edges.nbgrader.repair import is_marked_by_hand
from autograder.edges.nbgrader.submitted import source_of
from autograder.edges.nbgrader.ungraded import GradingMark, MarkState
from autograder.submission.copies import Choice


class PendingSubmissions(BaseConverter):  # type: ignore[misc]
    """Tells what `BaseConverter` will process, one that was interrupted or failed among it."""

    force: bool
    handed_in: Mapping[Path, Choice] = {}

    def pending(self, course: Course) -> Iterator[Source]:
        """Yield the notebooks that will be graded, in nbgrader's order."""
        pattern = self._format_source("(?P<assignment>.*)", "(?P<student>.*)", escape=True)
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            for folder in sorted(self.assignments):
                match = re.match(pattern, folder)
                if match is None or not self.will_process(match["assignment"], match["student"]):
                    continue
                try:
                    assignment = gradebook.find_assignment(match["assignment"])
                except MissingEntry:
                    return  # nbgrader says so
                gradable = {notebook.name for notebook in assignment.notebooks} & set(course.slugs)
                for path in sorted(self.assignments[folder]):
                    if Path(path).stem in gradable:
                        names = match["student"], match["assignment"], Path(path).stem
                        yield source_of(self, *names)

    def will_process(self, assignment_id: str, student_id: str) -> bool:
        """Return what `init_destination` will return, and change nothing."""
        if student_id in self.coursedir.student_id_exclude.split(","):
            return False
        target = Path(os.path.normpath(self._format_dest(assignment_id, student_id)))
        state = GradingMark(target).look()
        if (
            self.force
            or state is MarkState.INTERRUPTED
            or (
                state is MarkState.FAILED
                and not is_marked_by_hand(self.coursedir, assignment_id, student_id)
            )
        ):
            return True
        source = self._format_source(assignment_id, student_id)
        outputs = [target]
        if self.coursedir.notebook_id != "*":
            stems = {Path(path).stem for path in self.assignments.get(source, [])}
            outputs = [target / f"{stem}.ipynb" for stem in stems]
        if not all(path.exists() for path in outputs):
            return True
        new = self.coursedir.get_existing_timestamp(source)
        old = self.coursedir.get_existing_timestamp(str(target))
        return bool(new and old and new > old)
