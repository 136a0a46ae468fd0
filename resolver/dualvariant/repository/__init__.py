"""What is available: pages, sources, and the variant metadata of a release."""
