"""Ordinary uses of dual_autodiff: small programs, each with an independent truth, or with the words of its refusal.

``THEMES`` are the modules that have them, in the order of the documentation's page.
"""

__all__ = ["THEMES"]

THEMES = [
    "language",
    "objects",
    "conversions",
    "joining",
    "writing",
    "arrays",
    "kinds",
    "calls",
    "numpy_names",
    "nesting",
    "rules",
    "solvers",
    "optimisation",
    "equations",
    "science",
    "learning",
    "special",
    "libraries",
]
