"""What this package raises besides Python's own exceptions."""

__all__ = ["NestedTraceError", "NotPointwiseError"]


class NotPointwiseError(TypeError):
    """A function given to :func:`derivative` with an array does something that is no operation on single points."""


class NestedTraceError(NotPointwiseError):
    """An inner derivative uses the recorded argument of an outer one, which then takes its points one by one.

    :param tape: the outer one's recording
    """

    def __init__(self, tape: object) -> None:
        super().__init__("a function at many points cannot hold the recorded argument of another derivative")
        self.tape = tape
