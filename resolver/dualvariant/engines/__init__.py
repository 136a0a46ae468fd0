"""The installers that do the work: pip and uv."""
