"""From the frames of a student box to what a grader may ask."""
