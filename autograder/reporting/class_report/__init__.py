"""A class's reports on one assignment, counted and shown: as a page, a table and in a terminal."""
