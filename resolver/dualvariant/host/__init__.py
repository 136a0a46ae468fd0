"""What this host offers: find the providers, ask each in a process of its own, remember the answers."""
