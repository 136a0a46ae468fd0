"""Serves a view to an installer: gives its files URLs, and hands them out over a loopback server."""
