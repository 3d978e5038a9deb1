"""`autograder audit`: are an exercise's checks strict enough, and are they fair?

Mutants are small edits of the solution that must lose points, variants are other spellings of it
that must keep them all. Both are graded as submissions are.
"""
