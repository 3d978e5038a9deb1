"""Writes to files outside by their full paths: a neighbour's, the system's, the grader's."""
written = []
for name in (path("outside/notes.txt"), "/etc/hostile", "/usr/hostile", "/library/errors.py"):
    try:
        with open(name, "a") as file:
            file.write("taken")
        written.append(name)
    except OSError:
        pass
said(len(written))
