"""Data sets by name, each checked against its published SHA-256."""
