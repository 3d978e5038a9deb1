"""Repeats graded ids on many cells that pass, besides the ones that fail."""
import copy


def tamper(notebook):
    graded = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("grade")]
    for number in range(30):
        for cell in graded:
            own = copy.deepcopy(cell)
            own["source"] = "passed = True"
            own["id"] = f"{cell.get('id', 'own')[:40]}-{number}"
            notebook["cells"].append(own)
