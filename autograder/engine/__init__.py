"""The engine, which grades submissions side by side, and the line that each goes through."""

from autograder.engine.engine import Engine

__all__ = ["Engine"]
