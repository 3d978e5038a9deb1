"""Reads the command lines of all processes in sight."""
found = []
for pid in [name for name in os.listdir("/proc") if name.isdigit()] + ["self"]:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            found += [one for one in file.read().split(b"\0") if one.startswith(b"canary")]
    except OSError:
        pass
said(found[0].decode() if found else "nothing")
