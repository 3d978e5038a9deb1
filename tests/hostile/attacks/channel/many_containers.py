"""Sends millions of empty lists: few bytes that become much memory.

shows: ERRORED
"""
pour(frame(b'[{"kind": [' + b"[]," * 2_000_000 + b"[]]}]"))
