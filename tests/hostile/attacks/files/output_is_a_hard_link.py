"""Gives a file outside a second name in its own folder."""
try:
    os.link(path("outside/secret.txt"), "output.txt")
    said("linked")
except OSError as error:
    said(type(error).__name__)
