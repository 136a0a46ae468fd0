"""What can be installed: sources, the pages of projects, and the variant metadata of a release."""
