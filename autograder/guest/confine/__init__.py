"""What walls a box in from the inside, limits it, and tells how it ended."""
