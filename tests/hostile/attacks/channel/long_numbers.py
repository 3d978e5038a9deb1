"""Sends a number of a million digits, which takes long to read.

shows: ERRORED
"""
pour(frame(b'{"arrays": [], "kind": "answer", "seconds": ' + b"9" * 1_000_000 + b"}"))
