"""Functions at many points: trace, differentiate, fuse, allocate, run."""
