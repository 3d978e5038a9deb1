"""Learning platforms: what they are given to run, and what they take as marks."""
