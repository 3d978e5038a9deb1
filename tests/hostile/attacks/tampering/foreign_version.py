"""Claims to be of a version that there is none of, with its cells in other places.

shows: ERRORED
"""


def tamper(notebook):
    notebook["worksheets"] = [{"cells": notebook.pop("cells")}]
    notebook["nbformat"] = 3
