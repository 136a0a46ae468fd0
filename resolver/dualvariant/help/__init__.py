"""The help of the command line as values, and what is made of them: text, man pages, completions of shells."""
