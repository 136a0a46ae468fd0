# cython: language_level=3, cdivision=True, boundscheck=False, wraparound=False
"""The compiled engine of arrays: programs over planes of doubles, run block by block without the GIL.

A program is a list of operations on *planes*, rows of 256 doubles. Its operands are numbered: inputs, outputs,
constants, registers, in this order.
"""

from cpython.buffer cimport (
    PyBUF_C_CONTIGUOUS,
    PyBUF_FORMAT,
    PyBUF_STRIDES,
    PyBUF_WRITABLE,
    PyBuffer_IsContiguous,
    PyBuffer_Release,
    PyObject_GetBuffer,
)
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memset

cdef extern from "kernels.h" nogil:
    ctypedef struct instruction:
        int operation
        int to[2]
        int sources
        # `from` is a word of Python's, so C's name stands beside.
        int source "from"[8]
    int BLOCK, LINE, VECTOR, SOURCES, WORTH_A_COPY
    int FIXED, MOVES, COPIED
    const char *operation_name(int operation)
    void run_program(const instruction *code, int count, double **planes, const unsigned char *moves, int plane_count,
                     double **at, long first, long last, unsigned char *flagged)
    const char *build_level
    const char *build_compiler
    const char *build_flags


LEVEL = build_level.decode()
COMPILER = build_compiler.decode().strip()
FLAGS = build_flags.decode()


def _names():
    found = []
    while operation_name(len(found)) != NULL:
        found.append(operation_name(len(found)).decode())
    return found


#: The number of each operation.
OPERATIONS = {name: number for number, name in enumerate(_names())}


# Memory of results and of registers. What a fresh page costs is more than what a kernel costs, so the memory of dead
# arrays is kept for the next ones: up to 64 MiB in all, in pieces of up to 16 MiB whose sizes are rounded up to an eighth
# of a power of two. The GIL protects the list.

cdef enum:
    SLOTS = 128
    PAGE = 4096
    HALF_A_PAGE = 2048

cdef size_t KEPT_LIMIT = 64 << 20
cdef size_t LARGEST_KEPT = 16 << 20
cdef size_t kept_bytes = 0
cdef int kept = 0
cdef void *kept_memory[SLOTS]
cdef size_t kept_size[SLOTS]


cdef size_t _rounded(size_t size) noexcept:
    cdef size_t step = 64
    while step * 16 <= size:
        step *= 2
    return (size + step - 1) // step * step


cdef void *_taken(size_t room) except NULL:
    """Memory of *room* bytes, a rounded size: what was kept, if there is some."""
    global kept, kept_bytes
    cdef void *memory
    cdef int i
    for i in range(kept - 1, -1, -1):
        if kept_size[i] == room:
            memory = kept_memory[i]
            kept -= 1
            kept_bytes -= room
            kept_memory[i], kept_size[i] = kept_memory[kept], kept_size[kept]
            return memory
    memory = malloc(room)
    if memory == NULL:
        raise MemoryError(f"no memory for {room} bytes")
    return memory


cdef void _given_back(void *memory, size_t room) noexcept:
    global kept, kept_bytes
    if kept < SLOTS and room <= LARGEST_KEPT and kept_bytes + room <= KEPT_LIMIT:
        kept_memory[kept], kept_size[kept] = memory, room
        kept += 1
        kept_bytes += room
    else:
        free(memory)


cdef class Buffer:
    """Memory for doubles, aligned to a cache line; its memory goes back to the pool with it.

    It begins in the middle of a page. NumPy's large arrays begin at the beginning of one, and a processor takes a read for
    one of what was just written where the two have the same place in their pages.
    """

    cdef void *raw
    cdef void *memory
    cdef size_t room
    cdef Py_ssize_t length

    def __cinit__(self, Py_ssize_t count):
        self.length = count * sizeof(double)
        self.room = _rounded(self.length + PAGE + HALF_A_PAGE)
        self.raw = _taken(self.room)
        self.memory = <void *>(((<uintptr_t>self.raw + PAGE - 1) & ~<uintptr_t>(PAGE - 1)) + HALF_A_PAGE)

    def __dealloc__(self):
        if self.raw != NULL:
            _given_back(self.raw, self.room)

    def __getbuffer__(self, Py_buffer *view, int flags):
        view.buf = self.memory
        view.obj = self
        view.len = self.length
        view.readonly = 0
        view.itemsize = 1
        view.format = NULL
        view.ndim = 1
        view.shape = &self.length
        view.strides = NULL
        view.suboffsets = NULL
        view.internal = NULL


cdef struct derived_constant:
    int operation  # 0 for a number, else the place of its name in _FOLDED
    int first, second
    double number


_FOLDED = ("literal", "add", "sub", "mul", "div", "neg")


cdef class Program:
    """Operations in order, and how many operands of each kind they use.

    *derived* holds the constants after those that are given with each run: ``("literal", (number,))``, or an operation
    on constants before it, ``("add", (0, 2))``.
    """

    cdef instruction *code
    cdef int *reads  # how often each input is read
    cdef derived_constant *derived
    cdef readonly int count, inputs, outputs, constants, registers
    cdef int given

    def __cinit__(self, code, int inputs, int outputs, int constants, int registers, derived=()):
        cdef int i, j
        self.count = len(code)
        self.inputs, self.outputs, self.constants, self.registers = inputs, outputs, constants, registers
        self.given = constants - len(derived)
        self.code = <instruction *>malloc((self.count + 1) * sizeof(instruction))
        self.reads = <int *>calloc(inputs + 1, sizeof(int))
        self.derived = <derived_constant *>calloc(len(derived) + 1, sizeof(derived_constant))
        if self.code == NULL or self.reads == NULL or self.derived == NULL:
            raise MemoryError("no memory for a program")
        limit = inputs + outputs + constants + registers
        for i, (operation, to, source) in enumerate(code):
            if not all(0 <= operand < limit for operand in (*to, *source)) or len(to) > 2 or len(source) > SOURCES:
                raise ValueError(f"operands of {operation} are none of the program's: {to}, {source}")
            self.code[i].operation = OPERATIONS[operation]
            for j in range(2):
                self.code[i].to[j] = to[j] if j < len(to) else -1
            self.code[i].sources = len(source)
            for j in range(len(source)):
                self.code[i].source[j] = source[j]
                if source[j] < inputs:
                    self.reads[source[j]] += 1
        for i, (operation, arguments) in enumerate(derived):
            self.derived[i].operation = _FOLDED.index(operation)
            if self.derived[i].operation == 0:
                self.derived[i].number = arguments[0]
            elif not all(0 <= argument < self.given + i for argument in arguments):
                raise ValueError(f"constants of {operation} are none before it: {arguments}")
            else:
                self.derived[i].first, self.derived[i].second = arguments[0], arguments[len(arguments) - 1]

    def __dealloc__(self):
        free(self.code)
        free(self.reads)
        free(self.derived)

    cdef void fill(self, double **planes, long width) noexcept nogil:
        """Fill the planes of the constants, of which each given one has its number in its first place."""
        cdef int i
        cdef long j
        cdef double x, y
        cdef derived_constant *what
        for i in range(self.given, self.constants):
            what = self.derived + (i - self.given)
            x, y = planes[what.first][0], planes[what.second][0]
            if what.operation == 0:
                x = what.number
            elif what.operation == 1:
                x = x + y
            elif what.operation == 2:
                x = x - y
            elif what.operation == 3:
                x = x * y
            elif what.operation == 4:
                x = x / y
            else:
                x = -x
            planes[i][0] = x
        for i in range(self.constants):
            x = planes[i][0]
            for j in range(1, width):
                planes[i][j] = x

    cdef int execute(
        self, double **data, const double *given, long points, long first, long last, unsigned char *flagged
    ) except -1:
        """Run over planes of which *data* says where the inputs and the outputs begin."""
        cdef int total = self.inputs + self.outputs + self.constants + self.registers
        cdef int fixed = self.inputs + self.outputs, i
        cdef long width = last - first if last - first < BLOCK else BLOCK
        # One block of memory: where each plane begins, where it is, how it moves, and the registers.
        cdef size_t head = (2 * sizeof(double *) + 1) * (total + 1) + LINE
        cdef char *memory
        cdef double **planes
        cdef double **at
        cdef unsigned char *moves
        cdef double *own
        cdef size_t room = _rounded(head + (self.constants + self.registers + self.inputs) * BLOCK * sizeof(double))
        memory = <char *>_taken(room)
        planes = <double **>memory
        at = planes + total + 1
        moves = <unsigned char *>(at + total + 1)
        own = <double *>((<uintptr_t>(moves + total + 1) + LINE - 1) & ~<uintptr_t>(LINE - 1))
        with nogil:
            for i in range(fixed):
                planes[i] = data[i]
                moves[i] = MOVES
                if i < self.inputs and self.reads[i] > WORTH_A_COPY and <uintptr_t>planes[i] % VECTOR:
                    moves[i] = COPIED
                    at[i], own = own, own + BLOCK
            for i in range(fixed, total):
                planes[i], own = own, own + BLOCK
                moves[i] = FIXED
            for i in range(self.given):
                planes[fixed + i][0] = given[i]
            self.fill(planes + fixed, width)
            run_program(self.code, self.count, planes, moves, total, at, first, last, flagged)
        _given_back(memory, room)
        return 0

    def run(self, inputs, outputs, constants, long points, long first, long last, flagged):
        """Run over the points ``first`` to ``last``, of ``points``; *first* is a multiple of the block.

        *inputs* and *outputs* are contiguous buffers of doubles; *constants* are those that are given; *flagged* has a
        byte for each block, which becomes the sum of 1, where a division by zero, an overflow or an invalid operation
        was met, and 2, where an underflow was.
        """
        cdef int opened = 0, i, fixed = self.inputs + self.outputs
        cdef Py_buffer *views
        cdef double **data
        cdef double *given
        cdef unsigned char[::1] marks = flagged
        if len(inputs) != self.inputs or len(outputs) != self.outputs or len(constants) != self.given:
            raise ValueError("a program is run with another number of operands than it has")
        if first % BLOCK or not 0 <= first <= last <= points or marks.shape[0] * BLOCK < points:
            raise ValueError(f"no range of blocks: {first} to {last} of {points}")
        views = <Py_buffer *>malloc(
            (fixed + 1) * sizeof(Py_buffer) + (fixed + 1) * sizeof(double *) + (self.given + 1) * sizeof(double)
        )
        if views == NULL:
            raise MemoryError("no memory for a program's operands")
        data = <double **>(views + fixed + 1)
        given = <double *>(data + fixed + 1)
        try:
            for i in range(self.given):
                given[i] = constants[i]
            for i in range(fixed):
                operand = inputs[i] if i < self.inputs else outputs[i - self.inputs]
                PyObject_GetBuffer(operand, views + i, PyBUF_C_CONTIGUOUS | (0 if i < self.inputs else PyBUF_WRITABLE))
                opened = i + 1
                if views[i].len < points * <Py_ssize_t>sizeof(double):
                    raise ValueError(f"an operand holds fewer than {points} points")
                data[i] = <double *>views[i].buf
            self.execute(data, given, points, first, last, &marks[0])
        finally:
            for i in range(opened):
                PyBuffer_Release(views + i)
            free(views)


# Operations on small arrays. What costs there is everything around the arithmetic, so the usual case, one or two arrays
# of one shape, or one and a number, has a way of its own.

cdef enum:
    MOST_POINTS = 2048
    MOST_BLOCKS = 8  # of 256 points
    DUAL = 1
    CONSTANT = 2
    ARRAY = 3


cdef class Quick:
    """Operations on contiguous arrays of one shape, of which those that are dual belong to one derivative, and on numbers.

    :param made: the class of the arrays
    :param array: the class of their parts, and *empty* makes one of a shape
    :param program: makes the program of an operation on operands of these kinds: ``"d"`` dual, ``"a"`` not, ``"c"`` a number
    """

    cdef object made, array, empty, program
    cdef dict known

    def __init__(self, made, array, empty, program):
        self.made, self.array, self.empty, self.program, self.known = made, array, empty, program, {}

    def __call__(self, str name, tuple operands):
        """The result; None where the case is not one of these, or an arithmetic exception is met."""
        cdef Py_ssize_t count = len(operands), i
        cdef int kinds = 0, constants = 0, opened = 0, j
        cdef long points, blocks
        cdef double given[2]
        cdef double *data[6]
        cdef Py_buffer views[6]
        cdef unsigned char marks[MOST_BLOCKS]
        cdef Program program
        cdef list values = [], slopes = []
        cdef object tag = None
        if count > 2:
            return None
        for i in range(count):
            x = operands[i]
            if type(x) is self.made:
                if x._directions is not None or (slopes and x._tag != tag):
                    return None
                tag = x._tag
                values.append(x._value)
                slopes.append(x._derivative)
                kinds = kinds * 4 + DUAL
            elif type(x) is self.array:
                values.append(x)
                kinds = kinds * 4 + ARRAY
            elif type(x) is not float and type(x) is not int:
                return None
            elif name != "pow":
                given[constants] = x
                constants, kinds = constants + 1, kinds * 4 + CONSTANT
            elif i == 1 and (x == 2 or x == 3):
                name = "square" if x == 2 else "cube"
            else:
                return None
        if not slopes:
            return None
        program = self._program(name, kinds)
        if program is None:
            return None
        try:
            for part in values + slopes:
                if type(part) is not self.array:
                    return None
                PyObject_GetBuffer(part, views + opened, PyBUF_FORMAT | PyBUF_STRIDES)
                opened += 1
                if not _same_shape(views, views + opened - 1):
                    return None
                data[opened - 1] = <double *>views[opened - 1].buf
            points = views[0].len // sizeof(double)
            blocks = (points + BLOCK - 1) // BLOCK
            if points == 0 or points > MOST_POINTS:
                return None
            shape = values[0].shape
            value, slope = self.empty(shape), self.empty(shape)
            for part in (value, slope):
                PyObject_GetBuffer(part, views + opened, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE)
                data[opened] = <double *>views[opened].buf
                opened += 1
            memset(marks, 0, MOST_BLOCKS)
            program.execute(data, given, points, 0, points, marks)
            for j in range(blocks):
                if marks[j]:
                    return None
        finally:
            for j in range(opened):
                PyBuffer_Release(views + j)
        result = self.made.__new__(self.made)
        result._value, result._derivative, result._directions, result._tag = value, slope, None, tag
        return result

    cdef Program _program(self, str name, int kinds):
        key = (name, kinds)
        found = self.known.get(key)
        if found is None:
            text = "".join(["", "d", "c", "a"][(kinds >> shift) & 3] for shift in (2, 0))
            found = self.known[key] = self.program(name, text)
        return found


cdef inline bint _same_shape(Py_buffer *first, Py_buffer *view) noexcept:
    """Whether the view is one of contiguous doubles in the shape of the first one."""
    cdef int i
    if view.itemsize != sizeof(double) or view.format == NULL or view.format[0] != c"d" or view.format[1]:
        return False
    if view.ndim != first.ndim or not PyBuffer_IsContiguous(view, c"C"):
        return False
    for i in range(view.ndim):
        if view.shape[i] != first.shape[i]:
            return False
    return True
