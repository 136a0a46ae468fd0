"""What a project declares: its variants, and how each is built."""
