"""Calculates in compiled code that no signal handler gets into.

shows: TIMED_OUT
alone: yes
"""
import hashlib


def and_gate(a, b):
    return len(hashlib.pbkdf2_hmac("sha512", b"x", b"y", 2**31 - 1))
