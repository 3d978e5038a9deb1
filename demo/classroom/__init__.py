"""A class of five students, and nbgrader's own commands around them."""
