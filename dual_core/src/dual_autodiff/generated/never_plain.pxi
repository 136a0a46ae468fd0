# Made by tools/generate.py from operations.py.

@cython.auto_pickle(False)
cdef class NeverPlain:
    """Refuses every conversion to a plain number: the derivative would be lost."""

    def __float__(self):
        refuse(self, "float")

    def __int__(self):
        refuse(self, "int")

    def __index__(self):
        refuse(self, "int")

    def __complex__(self):
        refuse(self, "complex")

    def __round__(self, digits=None):
        refuse(self, "round")

    def __trunc__(self):
        refuse(self, "math.trunc")

    def __floor__(self):
        refuse(self, "math.floor")

    def __ceil__(self):
        refuse(self, "math.ceil")
