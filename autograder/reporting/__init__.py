"""A report as points, JSON, JUnit XML, HTML and a terminal's table."""
