"""Builds: where they run, what they keep, and what they write."""
