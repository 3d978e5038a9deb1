"""Sends a datagram, which needs no connection."""
import socket

try:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        for place in (("127.0.0.1", PORT), ("192.0.2.1", 53)):
            one.sendto(b"the answers, please", place)
    said("sent")
except OSError as error:
    said(type(error).__name__)
