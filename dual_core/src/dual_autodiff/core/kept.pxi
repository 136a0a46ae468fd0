# The C of a number: memory that is kept for the next ones, and loops over partial derivatives.

cdef extern from *:
    """
    /* Up to 256 dead numbers of each class are kept and become the next ones: half the cost of an operation is else the
       allocator's. The GIL guards the lists; a build of Python without one does without them. */
    #define NUMBERS_KEPT 256
    typedef struct {
        PyObject *kept[NUMBERS_KEPT];
        int count;
    } pool;
    static pool duals, multi_duals;

    static inline void put_back(pool *p, PyObject *x)
    {
    #ifndef Py_GIL_DISABLED
        if (p->count < NUMBERS_KEPT) {
            p->kept[p->count++] = x;
            return;
        }
    #endif
        PyObject_Free(x);
    }

    static inline PyObject *take(pool *p, PyTypeObject *type)
    {
    #ifndef Py_GIL_DISABLED
        if (p->count > 0) {
            PyObject *x = p->kept[--p->count];
    #if defined(Py_REF_DEBUG) || defined(Py_TRACE_REFS)
            PyObject_Init(x, type);
    #else
            Py_SET_REFCNT(x, 1); /* its type is still written in it */
    #endif
            return x;
        }
    #endif
        return PyType_GenericAlloc(type, 0);
    }

    static inline PyObject *make_dual(PyTypeObject *type) { return take(&duals, type); }
    static inline PyObject *make_multi_dual(PyTypeObject *type) { return take(&multi_duals, type); }
    static void free_dual(PyObject *x) { put_back(&duals, x); }
    static void free_multi_dual(PyObject *x) { put_back(&multi_duals, x); }
    static void keep_duals(PyTypeObject *type) { type->tp_dealloc = free_dual; }
    static void keep_multi_duals(PyTypeObject *type) { type->tp_dealloc = free_multi_dual; }

    /* Partial derivatives are computed in chunks of 1, 2, 4 or a multiple of 8, which the compiler makes vectors of;
       those beyond the last one are never read. */
    #define PARTIALS 32
    static inline int chunk(int count) { return count <= 1 ? 1 : count <= 2 ? 2 : count <= 4 ? 4 : (count + 7) & ~7; }

    #define IN_CHUNKS(count, statement) \\
        do { \\
            int n_ = chunk(count), i, j; \\
            if (n_ == 1) { i = 0; statement; } \\
            else if (n_ == 2) { for (i = 0; i < 2; i++) statement; } \\
            else if (n_ == 4) { for (i = 0; i < 4; i++) statement; } \\
            else for (j = 0; j < n_; j += 8) for (i = j; i < j + 8; i++) statement; \\
        } while (0)

    /* to = s·x + t·y; x or y may be NULL. */
    static inline void combine(double *restrict to, int count, double s, const double *x, double t, const double *y)
    {
        if (y == NULL) IN_CHUNKS(count, to[i] = s * x[i]);
        else if (x == NULL) IN_CHUNKS(count, to[i] = t * y[i]);
        else IN_CHUNKS(count, to[i] = s * x[i] + t * y[i]);
    }

    static inline void divide(double *to, int count, double divisor) { IN_CHUNKS(count, to[i] /= divisor); }
    """
    ctypedef struct pool:
        int count
    enum: PARTIALS
    int chunk(int count) noexcept
    void combine(double *to, int count, double s, const double *x, double t, const double *y) noexcept
    void divide(double *to, int count, double divisor) noexcept
    object make_dual(PyTypeObject *type)
    object make_multi_dual(PyTypeObject *type)
    void keep_duals(PyTypeObject *type)
    void keep_multi_duals(PyTypeObject *type)
