"""Declares graded cells as answers, which a person would have to mark."""


def tamper(notebook):
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks.update(solution=True, locked=False)
