"""Finished wheels are audited and tried."""
