"""Settings of dualvariant and of pip."""
