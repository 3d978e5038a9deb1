"""Changes the modes and times of files outside."""
done = 0
for name in ("outside/secret.txt", "outside/notes.txt", "course"):
    try:
        os.chmod(path(name), 0o4777)
        os.utime(path(name), (0, 0))
        done += 1
    except OSError:
        pass
said(done)
