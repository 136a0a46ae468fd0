"""What is written into each file: texts made from the table of operations."""
