"""Announces arrays of more bytes than there are in any machine.

shows: ERRORED
"""
pour(frame({"kind": "answer"}, body_bytes=2**63))
