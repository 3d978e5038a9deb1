"""Connects to a port of the machine that it runs on, by IPv6."""
import socket

try:
    with socket.create_connection(("::1", PORT), timeout=2) as one:
        one.sendall(b"the answers, please")
    said("connected")
except OSError as error:
    said(type(error).__name__)
