# cython: language_level=3, cdivision=True, c_api_binop_methods=True
# cython: binding=False, embedsignature=True, embedsignature.format=clinic
# With binding=True, Dual.sin(1.0) is not refused: it reads the float as if it were a Dual.
"""Dual numbers: a value that carries its exact derivative through every operation.

A dual number is ``a + b·ε`` with ``ε² = 0``. Put in ``x + 1·ε`` and every expression of it comes
out as ``f(x) + f′(x)·ε``: no step size and no truncation error.

Wherever this module says *number* it means a float, an int or any other :class:`numbers.Real` (a
:class:`~fractions.Fraction`, a NumPy scalar). A number is a constant: its derivative is zero.

Values and errors are those of Python's floats for the operators, of :mod:`math` for the functions.
A derivative never raises: where there is none it is infinite or nan. A derivative of zero times an
infinite slope is nan, since a dual part of zero is no proof of a constant.
"""

cimport cython
from cpython.dict cimport PyDict_GetItem
from cpython.float cimport PyFloat_AS_DOUBLE
from cpython.long cimport PyLong_AsDouble
from cpython.object cimport Py_EQ, Py_NE, PyObject, PyObject_RichCompare, PyTypeObject
from libc cimport math as libm

from numbers import Real

from dual_autodiff.scalars.dispatch import array_function, array_ufunc, derivatives, foreign, formatted, operator_of, refuse
from dual_autodiff.scalars.real_part import is_of_a_library

include "core/real_part.pxi"
include "core/kept.pxi"


# <generated: names>
__all__ = [
    "Dual",
    "MultiDual",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "maximum",
    "minimum",
    "pow",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "where",
]
# </generated>


cdef struct Operand:
    double a  # the value
    double b  # the derivative
    bint constant  # a plain number, whose derivative is zero whatever multiplies it
    long long tag  # which derivative it is; 0 for a constant, and for a Dual that is made by hand


cdef struct Partials:
    double a  # the value
    const double *p  # the partial derivatives; NULL for a plain number
    int count  # how many
    long long tag


# A function of one variable: returns f(a) and turns b, the derivative of a, into that of f(a).
ctypedef double (*Kernel)(double a, double *b) except? -1.0


include "generated/never_plain.pxi"
include "core/dual.pxi"
include "core/multi_dual.pxi"
include "generated/functions.pxi"
include "core/functions_of_two.pxi"
include "core/reading.pxi"
include "core/chain_rule.pxi"
include "core/values.pxi"
