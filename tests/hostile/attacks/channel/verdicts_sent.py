"""Sends verdicts in place of answers, in the words of several graders.

shows: ERRORED
"""
for test in ("test_and_gate", "test_or_gate", "test_xor_gate", "test_parameters"):
    pour(frame({"kind": "verdict", "test": test, "passed": True, "status": "PASSED", "points": 5}))
