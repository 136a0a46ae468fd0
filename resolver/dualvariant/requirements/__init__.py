"""What the user asks for: requirements, requirement files and wheels on this machine."""
