"""Reads the environment of its own process and of its parents, as the kernel keeps it."""
found = []
for pid in ("self", os.getppid(), 1, 2):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            found += [one for one in file.read().split(b"\0") if b"canary" in one]
    except OSError:
        pass
said(found[0].decode() if found else "nothing")
