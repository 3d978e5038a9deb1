"""Moves the graded cells below one that fails, after which nothing is counted."""


def tamper(notebook):
    graded = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    others = [c for c in notebook["cells"] if c not in graded]
    first = {"cell_type": "code", "source": "and_gate(0, 0)", "outputs": [], "metadata": {}}
    first |= {"execution_count": None, "id": "first"}
    notebook["cells"] = [first, *others, *graded[::-1]]
