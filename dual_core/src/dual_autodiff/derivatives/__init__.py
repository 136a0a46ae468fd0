"""Derivatives of functions, of one variable and of many, and rules of the user's own."""
