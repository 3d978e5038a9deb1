"""What was worked out once and is kept on disk."""
