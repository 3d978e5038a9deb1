"""Names a kernel of its own, with a command to start it by."""


def tamper(notebook):
    notebook["metadata"]["kernelspec"] = {
        "name": "evil",
        "display_name": "Evil",
        "language": "python",
        "argv": ["/bin/sh", "-c", "touch /tmp/evil"],
    }
