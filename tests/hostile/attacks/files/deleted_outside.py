"""Deletes and renames files and folders outside."""
import shutil

done = 0
for action in (
    lambda: os.unlink(path("outside/notes.txt")),
    lambda: os.rename(path("outside/secret.txt"), path("outside/renamed.txt")),
    lambda: shutil.rmtree(path("outside")),
    lambda: os.rename(path("course/answers.json"), "answers.json"),
):
    try:
        action()
        done += 1
    except OSError:
        pass
said(done)
