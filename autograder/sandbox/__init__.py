"""Starts and limits the processes that run untrusted code or data."""
