"""The exit statuses, which the help text of the command line explains."""

GRADED = 0
BELOW = 1
UNUSABLE = 2
INTERNAL = 3
INTERRUPTED = 130
