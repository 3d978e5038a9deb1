"""Lets an author run these checks over one submission: `pytest autograder/graders --submission`."""

pytest_plugins = ["autograder.authoring.pytest_debug"]
