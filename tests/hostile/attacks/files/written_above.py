"""Climbs out of its folder by relative paths, and by the root that the kernel shows."""
done = 0
for top in ("..", "../..", "../../..", "/proc/self/root", "/proc/self/cwd/..", "/proc/1/root"):
    for name in ("outside/notes.txt", path("outside/notes.txt").lstrip("/")):
        try:
            with open(os.path.join(top, name), "r+") as file:
                file.write("taken")
            done += 1
        except OSError:
            pass
said(done)
