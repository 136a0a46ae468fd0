"""What every room uses: errors, files, processes, and what is said to the user."""
