"""One page of what students see of an exercise: stub, notebook, feedback on three answers."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2

from autograder.authoring.kept import kept, kept_one
from autograder.authoring.kept_submissions import golden_engine
from autograder.course.catalog import Course
from autograder.errors import CourseError
from autograder.records import Submission
from autograder.reporting import html_report

_TEMPLATE = Path(__file__).with_name("templates") / "preview.html.j2"


@dataclass(frozen=True, slots=True)
class Pane:
    """A page in the page: its name, a sentence on it, and its HTML; it is shown without rights."""

    title: str
    says: str
    page: str


def preview(course: Course, slug: str, wrong: str = "") -> str:
    """Return the page, which needs nothing else and no network.

    Args:
        course: The course's checkout.
        slug: The exercise.
        wrong: The kept wrong submission whose feedback is shown; the first one if empty.

    Raises:
        CourseError: A file of the exercise is missing.
        UsageError: There is no such kept submission.
    """
    exercise = course.exercise(slug)
    panes = [*_sources(course, slug), *_feedback(course, slug, wrong)]
    template = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(
        _TEMPLATE.read_text(encoding="utf-8")
    )
    return template.render(slug=slug, title=exercise.title, panes=panes)


def watched(course: Course, slug: str) -> dict[Path, int]:
    """Return when each file that the page hangs on was last changed."""
    shared = course.root / "exercises"
    folders = [course.solution(slug).parent, course.stub(slug).parent, course.folder(slug).path]
    paths = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    paths |= {path for path in shared.iterdir() if path.is_file()}
    return {
        path: path.stat().st_mtime_ns for path in sorted(paths) if "__pycache__" not in str(path)
    }


def _sources(course: Course, slug: str) -> Iterator[Pane]:
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    stub = _read(course.stub(slug))
    page = highlight(stub, PythonLexer(), HtmlFormatter(full=True, title=slug))
    yield Pane("Stub", "What is handed out as a script.", page)
    yield Pane("Notebook", "What nbgrader releases.", _released(course.notebook(slug)))


def _released(path: Path) -> str:
    """Return a source notebook as nbgrader releases it, as a page."""
    import nbformat
    from nbconvert import HTMLExporter
    from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

    notebook = nbformat.reads(_read(path), as_version=4)
    resources: dict[str, str] = {}
    for step in (ClearSolutions(), ClearHiddenTests()):
        notebook, resources = step.preprocess(notebook, resources)
    exporter: Any = HTMLExporter(template_name="basic", embed_images=True)  # type: ignore[no-untyped-call]
    body, _ = exporter.from_notebook_node(notebook)
    return f'<!doctype html><meta charset="utf-8"><style>{_NOTEBOOK_STYLE}</style>{body}'


def _feedback(course: Course, slug: str, wrong: str) -> Iterator[Pane]:
    blank, right = course.stub(slug), course.solution(slug)
    shown = {"Blank": (blank, Submission(blank.name, slug, blank.read_bytes(), blank.suffix))}
    kept_wrong = [one for one in kept(course, slug) if one.name.startswith("wrong_")]
    if wrong:
        kept_wrong = [kept_one(course, slug, wrong, "--wrong", "wrong")]
    for one in kept_wrong[:1]:
        # All tasks are shown, whichever of them its mistake may change.
        shown["Wrong"] = (one.place, replace(one.submission(slug), tasks=()))
    shown["Right"] = (right, Submission(right.name, slug, right.read_bytes(), right.suffix))
    with golden_engine(course) as engine:
        reports = engine.grade_all([submission for _, submission in shown.values()])
    for (title, (place, submission)), report in zip(shown.items(), reports, strict=True):
        where = place.relative_to(course.root)
        name = Path(submission.label).name
        says = f"Feedback on {where}." if name == place.name else f"Feedback on {name} of {where}."
        yield Pane(title, says, html_report.page_html(report))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise CourseError(
            f"A preview shows what was rendered. Received: {path}: {error.strerror}. "
            "Run `autograder render`."
        ) from error


def waiting(slug: str, problem: str) -> str:
    """Return a page for the time in which an exercise cannot be shown, with the reason."""
    return (
        f'<!doctype html><meta charset="utf-8"><title>{html.escape(slug)}</title>'
        '<body style="font: 16px/1.5 system-ui; max-width: 46rem; margin: 3rem auto; '
        'padding: 0 1rem; color: #1f2328; background: #fff">'
        f"<h1>{html.escape(slug)}</h1><p>It cannot be shown now; it is tried again when a file "
        f'changes.</p><pre style="white-space: pre-wrap">{html.escape(problem)}</pre>'
    )


_NOTEBOOK_STYLE = (
    "body{font:16px/1.55 system-ui,sans-serif;max-width:56rem;margin:1.5rem auto;padding:0 1rem;"
    "color:#1f2328;background:#fff}"
    "pre{background:#f6f8fa;border-radius:6px;padding:.7rem 1rem;overflow-x:auto;"
    "font-size:14px;line-height:1.45}"
    ".prompt,.jp-InputPrompt,.jp-OutputPrompt{display:none}table{border-collapse:collapse}"
    "td,th{border:1px solid #d0d7de;padding:.2rem .6rem}.anchor-link{display:none}"
)
