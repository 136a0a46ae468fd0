"""Profiles as values: named machines, and what several machines have in common."""
