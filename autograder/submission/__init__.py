"""From the bytes that a student handed in to the cells that will run."""
