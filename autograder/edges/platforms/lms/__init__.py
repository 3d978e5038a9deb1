"""Marks out of nbgrader's gradebook, as Canvas, Moodle and Blackboard import them.

nbgrader export --exporter autograder.edges.platforms.lms.CanvasExporter
"""

from autograder.edges.platforms.lms.blackboard import BlackboardExporter
from autograder.edges.platforms.lms.canvas import CanvasExporter
from autograder.edges.platforms.lms.moodle import MoodleExporter

__all__ = ["BlackboardExporter", "CanvasExporter", "MoodleExporter"]
