# The types of trace.py, for a compiled build.
cimport cython


cdef class Tape:
    cdef readonly object shape, tag
    cdef readonly list steps, inputs, constants, kept, outer, primitives
    cdef readonly dict known
    cdef public bint closed
    cpdef Py_ssize_t record(self, str name, tuple arguments) except -2
    cpdef Py_ssize_t constant(self, value) except -2
    cpdef Py_ssize_t array(self, array) except -2
    cpdef Py_ssize_t number_of(self, x) except -2


@cython.final
@cython.freelist(16)
cdef class Traced:
    cdef readonly Tape _tape
    cdef readonly Py_ssize_t _step
    cdef readonly bint _mask


@cython.locals(new=Traced)
cdef Traced _traced(Tape tape, Py_ssize_t step, bint mask)
@cython.locals(tape=Tape, square=Py_ssize_t)
cdef Traced _power(Traced x, exponent)
cdef _power_of(Traced x, exponent)
cpdef Traced _unary(str name, Traced x)
@cython.locals(step=Py_ssize_t, tape=Tape)
cdef _left(str name, Traced x, other, bint mask)
@cython.locals(step=Py_ssize_t, tape=Tape)
cdef _right(str name, other, Traced x, bint mask)
