"""The student box: runs a submission's cells and answers a probe's calls."""
