"""Leaves a file and a folder in the temporary folder, for an accomplice to find."""
import tempfile

os.makedirs(os.path.join(tempfile.gettempdir(), "hostile-folder"), exist_ok=True)
with open(os.path.join(tempfile.gettempdir(), "hostile-left"), "w") as file:
    file.write("answers")
said()
