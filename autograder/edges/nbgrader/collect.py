"""nbgrader's collecting, which takes plain files alone from students' folders.

A student owns the folder in the exchange and can put anything there. nbgrader copies what links
lead to with the instructor's rights, from where autograding and feedback bring it to the student,
and stops collecting for all at a pipe, a broken link or an odd folder name.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

from nbgrader.exchange.default import ExchangeCollect

from autograder.submission.safe_files import Copying, make_folder
from autograder.text import PATH_CHARACTERS, printable_path


class Collect(ExchangeCollect):  # type: ignore[misc]
    """`ExchangeCollect` that follows nothing, and that no student's folder stops.

    `chosen` is the name of one folder in the exchange, where that one alone is to be collected.
    """

    chosen: str = ""
    src_records: list[dict[str, Any]]

    def init_src(self) -> None:
        """Find submissions; those without a student or a time stay where they are."""
        super().init_src()
        if self.chosen:
            self.src_records = [self._path_to_record(self.chosen)]
        self.src_records = [record for record in self.src_records if record["username"]]

    def _path_to_record(self, path: str) -> dict[str, Any]:
        parts = Path(path).name.rsplit("+", 3)
        if len(parts) >= 3 and parts[0]:
            try:
                record: dict[str, Any] = super()._path_to_record(path)
                return record
            except (ValueError, OverflowError):
                pass
        self.log.warning(
            "Not collected: %s names no student or no time",
            printable_path(Path(path), PATH_CHARACTERS),
        )
        never = dt.datetime.min  # noqa: DTZ901 - nbgrader compares times without zones
        return {"username": "", "filename": Path(path).name, "timestamp": never}

    def do_copy(self, src: str, dest: str, log: object = None) -> None:  # noqa: ARG002 - nbgrader's
        """Copy the plain files of one submission: all of them, or none if we are killed."""
        copying = Copying(
            ignored=self.coursedir.ignore,
            included=self.coursedir.include,
            max_file_bytes=1000 * self.coursedir.max_file_size,
            max_total_bytes=1000 * self.coursedir.max_dir_size,
            shared=self.coursedir.groupshared,
        )
        target = Path(dest)
        partial = target.with_name(f".{target.name}.collecting")
        shutil.rmtree(partial, ignore_errors=True)
        make_folder(partial, shared=copying.shared)
        copying.copy(Path(src), partial)
        partial.rename(target)
        for description in copying.left_out:
            self.log.warning(
                "Left out of %s: %s", printable_path(Path(src), PATH_CHARACTERS), description
            )
