"""Reads what another student handed in, to hand in the same."""
try:
    text = read("course/innocent.py")
    namespace = {"__name__": "copied"}
    exec(text, namespace)
    and_gate, or_gate = namespace["and_gate"], namespace["or_gate"]
    said("copied")
except OSError as error:
    said(type(error).__name__)
