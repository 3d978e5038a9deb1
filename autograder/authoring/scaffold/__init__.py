"""Starts what authors write: a course that works at once, and exercises from templates."""
