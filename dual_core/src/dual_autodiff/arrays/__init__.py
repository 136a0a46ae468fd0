"""Dual numbers in arrays, and NumPy's functions of them by name."""
