"""Trainings that student boxes ask for: as recipes, each done once."""
