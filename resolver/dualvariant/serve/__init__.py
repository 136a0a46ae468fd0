"""The loopback index that an installer sees."""
