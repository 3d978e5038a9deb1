"""Opens files until no more may be opened.

shows: ran|ERRORED
"""
held = []
try:
    while len(held) < 2_000_000:
        held.append(os.open(os.devnull, os.O_RDONLY))
except OSError:
    pass
said()
