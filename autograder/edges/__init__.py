"""Where the engine meets other programs."""

from autograder.edges import old_names

old_names.install()
