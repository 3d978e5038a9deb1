"""What the hostile suite is made of: attacks as files, a room around each, and two graders."""
