"""Grades submissions as soon as they are in nbgrader's exchange, through nbgrader's own steps."""
