"""One run of an installer against the view."""
