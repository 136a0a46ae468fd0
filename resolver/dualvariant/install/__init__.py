"""Hand the best wheels to an unmodified installer."""
