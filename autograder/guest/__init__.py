"""What is copied into a box, with the root's `errors`: it holds no answer, and reaches none."""
