"""The interpreter that wheels are chosen for, and what is installed in it."""
