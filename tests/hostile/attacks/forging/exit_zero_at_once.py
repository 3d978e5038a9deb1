"""Ends the process with status 0 before any test has run, for graders that trust exit statuses.

shows: ERRORED
"""
os._exit(0)
