"""Carries an output of tens of megabytes in a single line."""


def tamper(notebook):
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 22_000_000}]
            return
