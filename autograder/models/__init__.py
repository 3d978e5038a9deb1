"""A student's model as data: which may be rebuilt, how large it is, and what it answers."""
