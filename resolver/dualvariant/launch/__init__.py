"""Other tools, run so that what they install is the best for this host, and their files stay as they are."""
