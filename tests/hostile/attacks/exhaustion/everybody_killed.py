"""Sends a killing signal to every process that it may send one to.

shows: ran|ERRORED
"""
import signal

for pid in (*range(os.getpid() + 50, 0, -1), -1):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
said()
os.kill(os.getpid(), signal.SIGKILL)
