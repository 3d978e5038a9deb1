"""Gradescope: a zip that it runs, and the `results.json` that it reads."""
