"""What pytest, `watch.py` and notebooks use to check a student's file; no check is in here."""
