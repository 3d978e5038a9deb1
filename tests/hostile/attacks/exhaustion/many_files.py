"""Makes small files without end.

shows: ran
alone: yes
"""
try:
    for n in range(60_000):
        with open(f"f{n}", "w") as file:
            file.write("x" * 5000)
except OSError:
    pass
said()
