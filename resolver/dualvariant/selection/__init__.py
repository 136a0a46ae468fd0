"""What is chosen for this host, and why."""
