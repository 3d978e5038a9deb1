"""A course on disk: its catalog, its exercises' hidden folders, its secret, what its probes ask."""
