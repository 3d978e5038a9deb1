"""Writes the last line of a pytest run in which everything passed to wherever it can write.

shows: ERRORED
"""
for fd in range(1, 32):
    try:
        os.write(fd, b"\n....." + b" " * 60 + b"[100%]\n5 passed in 0.12s\n")
    except OSError:
        pass
os._exit(1)
