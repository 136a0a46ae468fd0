"""What ``run.py`` measures: one module a group of figures, and what they have in common."""
