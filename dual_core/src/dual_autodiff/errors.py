"""What this package raises besides Python's own exceptions."""

__all__ = ["NotPointwiseError"]


class NotPointwiseError(TypeError):
    """A function given to :func:`derivative` with an array does something that is no operation on single points."""
