"""Announces a header of four gigabytes.

shows: ERRORED
"""
pour(frame(b"{", header_bytes=2**32 - 1))
