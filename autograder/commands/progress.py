"""What `autograder grade` shows while it grades."""

from autograder.progress import GradingProgress

__all__ = ["GradingProgress"]
