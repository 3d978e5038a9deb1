"""What runs inside a sandbox; imports nothing that holds answers."""
