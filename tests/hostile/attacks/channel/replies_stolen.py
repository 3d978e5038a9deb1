"""Makes the channel one that nobody waits at, and reads from it whatever is there for others."""
import socket


def and_gate(a, b):
    for fd in sockets():
        os.set_blocking(fd, False)
        with socket.socket(fileno=os.dup(fd)) as one:
            try:
                one.recv(7)
            except OSError:
                pass
    return 9


said()
