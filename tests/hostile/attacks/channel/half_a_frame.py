"""Sends half a frame, and closes the channel for writing.

shows: ERRORED
"""
import socket

pour(frame(answer("gates.and_00", 9))[:40])
for fd in sockets():
    with socket.socket(fileno=os.dup(fd)) as one:
        try:
            one.shutdown(socket.SHUT_WR)
        except OSError:
            pass
