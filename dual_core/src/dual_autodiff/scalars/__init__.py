"""Dual numbers: single ones, of one derivative or several, on one level or nested."""
