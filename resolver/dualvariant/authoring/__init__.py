"""For authors of providers: a new distribution to start from, and a check of everything that the contract says."""
