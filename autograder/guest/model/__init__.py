"""The model box: trusted code over models and data that the host has validated."""
