"""Raises errors whose text is a script, and hands in outputs that are one, for the feedback.

shows: alert
"""


def tamper(notebook):
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "gates":
            cell["source"] += "\n\ndef and_gate(a, b):\n"
            cell["source"] += "    raise ValueError('<script>alert(1)</script>')\n"
            cell["source"] += "SAID = '<script>alert(1)</script>'\n"
            text = "<script>alert(1)</script>"
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": text}]
