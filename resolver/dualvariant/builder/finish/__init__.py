"""What is done to each wheel after the compiler."""
