"""Looks for secrets among the variables of its environment."""
found = [value for name, value in os.environ.items() if "SECRET" in name or "SEED" in name]
said(" ".join(value for value in found if value != "0") or "nothing")
