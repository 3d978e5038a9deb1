"""Puts a script into text, outputs and metadata, for whoever opens the feedback."""

SCRIPT = "<script>alert(document.cookie)</script>"


def tamper(notebook):
    notebook["metadata"]["title"] = SCRIPT
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = SCRIPT
        else:
            data = {"text/html": SCRIPT, "text/plain": SCRIPT, "application/javascript": "alert(1)"}
            cell["outputs"] = [{"output_type": "display_data", "data": data, "metadata": {}}]
