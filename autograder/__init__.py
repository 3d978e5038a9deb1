"""Marks Keras exercises: student code answers in a sandbox, hidden pytest judges on the host."""

__version__ = "0.1.0"
