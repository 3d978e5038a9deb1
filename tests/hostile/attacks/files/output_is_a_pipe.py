"""Leaves a pipe, which nobody writes to, in the place of its output."""
os.mkfifo("output.txt")
said()
