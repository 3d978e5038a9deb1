"""Leaves a link to a file outside in the place of its output."""
for name in ("output.txt", "ex04_perceptron.png", "report.json"):
    os.symlink(path("outside/secret.txt"), name)
said()
