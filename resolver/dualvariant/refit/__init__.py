"""Exchange what is installed, by whatever installed it, for the best variant of the same release, and back."""
