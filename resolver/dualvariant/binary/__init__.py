"""ELF files and their notes."""
