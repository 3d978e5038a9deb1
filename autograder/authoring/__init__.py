"""What authors of a course run: render, check, golden reports, calibration."""
