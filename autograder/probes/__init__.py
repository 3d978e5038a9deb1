"""What each exercise asks of a submission: inputs only."""
