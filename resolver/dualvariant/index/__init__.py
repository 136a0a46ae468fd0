"""Where wheels are found, which of them an installer is shown, and the static index that a folder of wheels gets."""
