"""The package in plain Python, for platforms that the compiled modules are not built for."""
