"""Reads every descriptor that was left open, from its beginning."""
found = []
for fd in range(3, 256):
    try:
        data = os.pread(fd, 4096, 0)
        found += [data[data.index(b"canary") :][:24].decode()] if b"canary" in data else []
    except OSError:
        pass
said(" ".join(found) or "nothing")
