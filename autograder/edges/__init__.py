"""Where the engine meets other programs."""
