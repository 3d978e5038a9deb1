"""Writes one file without end.

alone: yes
"""
try:
    with open("large", "wb") as file:
        for _ in range(126):
            file.write(b"x" * 2**20)
except OSError:
    pass
said()
