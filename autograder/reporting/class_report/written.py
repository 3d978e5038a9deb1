"""Writes a class's page, and its table beside it."""

from __future__ import annotations

import re
from pathlib import Path

from autograder.files import replacing
from autograder.reporting.class_report.csv_table import csv_text
from autograder.reporting.class_report.members import ClassFacts
from autograder.reporting.class_report.page import class_view, page_html


def write_class(facts: ClassFacts, folder: Path, *, with_csv: bool) -> Path:
    """Write `<assignment>.html`, and `.csv` if wanted; return the page's path.

    Raises:
        OSError: They cannot be written.
    """
    page = page_html(class_view(facts)).encode("utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.+-]+", "_", facts.assignment).lstrip(".") or "class"
    if with_csv:
        with replacing(folder / f"{stem}.csv") as file:
            # With a mark by which spreadsheets know UTF-8.
            file.write(csv_text([facts]).encode("utf-8-sig"))
    with replacing(folder / f"{stem}.html") as file:
        file.write(page)
    return folder / f"{stem}.html"
