# cython: language_level=3, cdivision=True, boundscheck=False, wraparound=False
"""The compiled engine of arrays: programs over planes of doubles, run block by block without the GIL.

A program is a list of operations on *planes*, rows of 256 doubles. Its operands are numbered: inputs, outputs,
constants, registers, in this order.
"""

from cpython.buffer cimport PyBUF_C_CONTIGUOUS, PyBUF_WRITABLE, PyBuffer_Release, PyObject_GetBuffer
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free, malloc

cdef extern from "kernels.h" nogil:
    ctypedef struct instruction:
        int operation
        int to[2]
        int sources
        # `from` is a word of Python's, so C's name stands beside.
        int source "from"[8]
    int BLOCK, LINE, VECTOR, SOURCES, WORTH_A_COPY
    int MOVES, COPIED
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


# Result memory. What a fresh page costs is more than what a kernel costs, so the memory of dead arrays is kept for the
# next ones: up to 64 MiB in all, in buffers of up to 16 MiB whose sizes are rounded up to an eighth of a power of two.

cdef enum:
    SLOTS = 128

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


cdef class Buffer:
    """Memory for doubles, aligned to a cache line; its memory goes back to the pool with it."""

    cdef void *raw
    cdef void *memory
    cdef size_t room
    cdef Py_ssize_t length

    def __cinit__(self, Py_ssize_t count):
        global kept, kept_bytes
        cdef int i
        self.length = count * sizeof(double)
        self.room = _rounded(self.length if self.length else 8)
        for i in range(kept - 1, -1, -1):
            if kept_size[i] == self.room:
                self.raw = kept_memory[i]
                kept -= 1
                kept_bytes -= self.room
                kept_memory[i], kept_size[i] = kept_memory[kept], kept_size[kept]
                break
        if self.raw == NULL:
            self.raw = malloc(self.room + 64)
            if self.raw == NULL:
                raise MemoryError(f"no memory for an array of {count} points")
        self.memory = <void *>((<uintptr_t>self.raw + 63) & ~<uintptr_t>63)

    def __dealloc__(self):
        global kept, kept_bytes
        if self.raw == NULL:
            return
        if kept < SLOTS and self.room <= LARGEST_KEPT and kept_bytes + self.room <= KEPT_LIMIT:
            kept_memory[kept], kept_size[kept] = self.raw, self.room
            kept += 1
            kept_bytes += self.room
        else:
            free(self.raw)

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


cdef class Program:
    """Operations in order, and how many operands of each kind they use."""

    cdef instruction *code
    cdef int *reads  # how often each input is read
    cdef readonly int count, inputs, outputs, constants, registers

    def __cinit__(self, code, int inputs, int outputs, int constants, int registers):
        cdef int i, j
        self.count = len(code)
        self.inputs, self.outputs, self.constants, self.registers = inputs, outputs, constants, registers
        self.code = <instruction *>malloc((self.count + 1) * sizeof(instruction))
        self.reads = <int *>calloc(inputs + 1, sizeof(int))
        if self.code == NULL or self.reads == NULL:
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

    def __dealloc__(self):
        free(self.code)
        free(self.reads)

    def run(self, inputs, outputs, constants, long points, long first, long last, flagged):
        """Run over the points ``first`` to ``last``, of ``points``; *first* is a multiple of the block.

        *inputs* and *outputs* are contiguous buffers of doubles; *flagged* has a byte for each block, which becomes the
        sum of 1, where a division by zero, an overflow or an invalid operation was met, and 2, where an underflow was.
        """
        cdef int total = self.inputs + self.outputs + self.constants + self.registers
        cdef int opened = 0, i, j
        cdef Py_buffer *views
        cdef double **planes
        cdef double **at
        cdef unsigned char *moves
        cdef unsigned char[::1] marks = flagged
        cdef double *memory
        cdef double *own
        cdef double value
        if len(inputs) != self.inputs or len(outputs) != self.outputs or len(constants) != self.constants:
            raise ValueError("a program is run with another number of operands than it has")
        if first % BLOCK or not 0 <= first <= last <= points or marks.shape[0] * BLOCK < points:
            raise ValueError(f"no range of blocks: {first} to {last} of {points}")
        views = <Py_buffer *>calloc(self.inputs + self.outputs + 1, sizeof(Py_buffer))
        planes = <double **>calloc(2 * total + 1, sizeof(double *))
        moves = <unsigned char *>calloc(total + 1, 1)
        memory = <double *>malloc((self.constants + self.registers + self.inputs) * BLOCK * sizeof(double) + LINE)
        try:
            if views == NULL or planes == NULL or moves == NULL or memory == NULL:
                raise MemoryError("no memory for a program's registers")
            at = planes + total
            own = <double *>((<uintptr_t>memory + LINE - 1) & ~<uintptr_t>(LINE - 1))
            for i in range(self.inputs + self.outputs):
                operand = inputs[i] if i < self.inputs else outputs[i - self.inputs]
                PyObject_GetBuffer(operand, views + i, PyBUF_C_CONTIGUOUS | (0 if i < self.inputs else PyBUF_WRITABLE))
                opened = i + 1
                if views[i].len < points * <Py_ssize_t>sizeof(double):
                    raise ValueError(f"an operand holds fewer than {points} points")
                planes[i] = <double *>views[i].buf
                moves[i] = MOVES
                if i < self.inputs and self.reads[i] > WORTH_A_COPY and <uintptr_t>planes[i] % VECTOR:
                    moves[i] = COPIED
                    at[i], own = own, own + BLOCK
            for i in range(self.inputs + self.outputs, total):
                planes[i], own = own, own + BLOCK
            for i in range(self.constants):
                value = constants[i]
                for j in range(BLOCK):
                    planes[self.inputs + self.outputs + i][j] = value
            with nogil:
                run_program(self.code, self.count, planes, moves, total, at, first, last, &marks[0])
        finally:
            for i in range(opened):
                PyBuffer_Release(views + i)
            free(views)
            free(planes)
            free(moves)
            free(memory)
