"""Connects to a socket that is a file outside, as those of databases and of containers are."""
import socket

try:
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(path("outside/socket"))
        one.sendall(b"the answers, please")
    said("connected")
except OSError as error:
    said(type(error).__name__)
