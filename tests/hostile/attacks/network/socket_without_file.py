"""Connects to a socket that has a name and no file, which file systems do not wall in."""
import socket

try:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(f"\0hostile-{PORT}")
        one.sendall(b"the answers, please")
    said("connected")
except OSError as error:
    said(type(error).__name__)
