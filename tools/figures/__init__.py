"""The pictures of the documentation: ``python -m tools.figures`` writes them again into docs/figures."""
