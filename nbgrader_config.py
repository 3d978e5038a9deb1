"""nbgrader's settings for this course: paths and lists, no logic.

The exchange, the gradebook's place and the like belong to the site's own nbgrader_config.py.
"""

from pathlib import Path

import autograder

c = get_config()  # noqa: F821 - nbgrader puts it here

c.CourseDirectory.course_id = "keras"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)

# Out of a student's folder in the exchange only plain files are taken, and no link is followed.
c.ExchangeFactory.collect = "autograder.edges.nbgrader.collect.Collect"

# A broken notebook costs only its author, and is told so; stock nbgrader stops the whole class.
c.Autograde.exporter_class = "autograder.edges.nbgrader.exporter.SubmissionExporter"
c.Autograde.sanitize_preprocessors = [
    "autograder.edges.nbgrader.sanitize.SanitizeCells",
    "nbgrader.preprocessors.ClearOutput",
    "autograder.edges.nbgrader.repair.RestoreCells",
    "nbgrader.preprocessors.DeduplicateIds",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# Stock, but for Execute and SaveAutoGrades: student code runs in the engine's sandbox alone.
c.Autograde.autograde_preprocessors = [
    "autograder.edges.nbgrader.preprocessors.GradeSubmission",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.edges.nbgrader.preprocessors.SaveReport",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]

# The page that students get: marks first, a card per task, their own code; nothing from the web.
c.GenerateFeedback.exporter_class = "autograder.edges.nbgrader.feedback_page.FeedbackExporter"
c.GenerateFeedback.preprocessors = [
    "autograder.edges.nbgrader.feedback.FinishedOnly",
    "autograder.edges.nbgrader.feedback.GetMarks",
]

# Formulas are shown without internet in formgrader as well, whose page asks the web for no script.
c.HTMLExporter.filters = {"markdown2html": "autograder.edges.nbgrader.markdown.with_mathml"}
_TEMPLATES = Path(autograder.__file__).parent / "edges" / "nbgrader" / "templates"
c.HTMLExporter.extra_template_basedirs.prepend([str(_TEMPLATES)])
