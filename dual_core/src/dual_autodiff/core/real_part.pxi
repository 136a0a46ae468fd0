# Who asks for the real part of a number: see dual_autodiff.scalars.real_part.

cdef extern from "Python.h":
    PyObject *PyEval_GetGlobals()

# The module that has asked last, and what it means by it.
cdef object _asking = None
cdef bint _means_the_number = False


cdef bint _asked_for_the_number() except -1:
    """Whether the Python function that reads ``.real`` means the number itself."""
    global _asking, _means_the_number
    cdef PyObject *globals_of_caller = PyEval_GetGlobals()  # NULL where no Python function runs
    cdef PyObject *module
    if globals_of_caller == NULL:
        return False
    module = PyDict_GetItem(<dict>globals_of_caller, "__name__")
    if module != <PyObject *>_asking:
        if module == NULL or type(<object>module) is not str:
            return False
        name = <object>module
        _means_the_number = is_of_a_library(name)
        _asking = name
    return _means_the_number
