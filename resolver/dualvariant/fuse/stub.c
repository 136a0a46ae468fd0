/* The file that Python finds in place of a native module of a fused wheel.
 *
 * Python opens it and calls its entry point, PyInit_NAME. It asks the processor, opens the variant of the module that
 * fits, which is in the same folder, and returns what that module's own PyInit_NAME returns. For Python the module is
 * the one that it has opened, under its usual name and path.
 *
 * `dualvariant fuse` compiles this file for every module, with two headers that it writes: conditions.h says what each
 * variant needs, module.h where the module's variants are. Nothing is linked: the C library and Python are in every
 * process that opens it, and so one file serves every Python, with glibc and with musl.
 *
 * Sources: PEP 489 and PEP 793 (entry points); Intel SDM volume 2A (CPUID, XGETBV); getauxval(3); dladdr(3).
 */

#include <stdint.h>

/* Of Python's stable ABI (PEP 384). */
typedef struct _object PyObject;
extern PyObject *PyExc_ImportError;
extern PyObject *PyErr_Format(PyObject *kind, const char *format, ...);
extern void PyErr_Clear(void);
extern PyObject *PySys_GetObject(const char *name);
extern PyObject *PyObject_CallObject(PyObject *function, PyObject *arguments);
extern long PyLong_AsLong(PyObject *number);
extern void Py_DecRef(PyObject *object);

/* Of every C library for Linux. */
typedef struct {
    const char *path;
    void *base;
    const char *symbol;
    void *address;
} place;
extern int dladdr(const void *address, place *found);
extern void *dlopen(const char *path, int flags);
extern void *dlsym(void *library, const char *symbol);
extern char *dlerror(void);
extern char *getenv(const char *name);
extern unsigned long getauxval(unsigned long kind);

enum { AT_HWCAP = 16, AT_HWCAP2 = 26, RTLD_NOW = 2, LONGEST_PATH = 4096 };

/* What a name of DUALVARIANT_FUSED needs of the processor: all bits of `all`. */
typedef struct {
    uint8_t name;
    uint8_t source;
    uint64_t all;
} condition;

/* Where bits come from: a word of the kernel, a register of CPUID, or XCR0. */
typedef struct {
    uint8_t kind;
    uint32_t leaf, subleaf;
    uint8_t number;
} source;
enum { KERNEL, CPUID, XCR0 };

#include "conditions.h" /* VARIANTS, NAMES, NONE, names, named_variants, sources, conditions */
#include "module.h"     /* files, file_of, and at the end of this file ENTRY_POINTS */

#if defined(__x86_64__)
static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t found[4])
{
    __asm__ volatile("cpuid" : "=a"(found[0]), "=b"(found[1]), "=c"(found[2]), "=d"(found[3]) : "a"(leaf), "c"(subleaf));
}

static uint64_t read_cpuid(uint32_t leaf, uint32_t subleaf, int number)
{
    uint32_t found[4];
    cpuid(leaf & 0xffff0000u, 0, found);
    if (leaf > found[0]) /* Intel processors answer with the data of another leaf */
        return 0;
    cpuid(leaf, subleaf, found);
    return found[number];
}

static uint64_t read_xcr0(void)
{
    uint32_t found[4], low, high;
    cpuid(1, 0, found);
    if (!(found[2] >> 27 & 1)) /* OSXSAVE: the instruction would end the process */
        return 0;
    __asm__ volatile(".byte 0x0f, 0x01, 0xd0" : "=a"(low), "=d"(high) : "c"(0)); /* xgetbv */
    return (uint64_t)high << 32 | low;
}
#else
static uint64_t read_cpuid(uint32_t leaf, uint32_t subleaf, int number) { return 0; }
static uint64_t read_xcr0(void) { return 0; }
#endif

static uint64_t ask(const source *about)
{
    if (about->kind == CPUID)
        return read_cpuid(about->leaf, about->subleaf, about->number);
    return about->kind == XCR0 ? read_xcr0() : getauxval(about->number);
}

/* The names that this processor has everything for, as bits. */
static uint64_t find_fitting(void)
{
    uint64_t answers[sizeof sources / sizeof *sources], fitting = (UINT64_C(1) << NAMES) - 1;
    for (unsigned at = 0; at < sizeof sources / sizeof *sources; at++)
        answers[at] = ask(&sources[at]);
    for (unsigned at = 0; at < sizeof conditions / sizeof *conditions; at++) {
        const condition *one = &conditions[at];
        if ((answers[one->source] & one->all) != one->all)
            fitting &= ~(UINT64_C(1) << one->name);
    }
    return fitting;
}

static int equal(const char *one, const char *other)
{
    while (*one && *one == *other)
        one++, other++;
    return *one == *other;
}

/* The variant to load; NONE for the standard module, -1 with an exception set. The best variants are the first. */
static int choose(void)
{
    const char *asked = getenv("DUALVARIANT_FUSED");
    uint64_t candidates = find_fitting();
    if (asked && *asked) {
        int name = 0;
        if (equal(asked, "none"))
            return NONE;
        while (name < NAMES && !equal(asked, names[name]))
            name++;
        if (name == NAMES) {
            PyErr_Format(PyExc_ImportError,
                         "DUALVARIANT_FUSED is '%s', which this module does not know (" KNOWN
                         "): choose one of these, or unset DUALVARIANT_FUSED", asked);
            return -1;
        }
        if (!(candidates >> name & 1)) {
            PyErr_Format(PyExc_ImportError,
                         "DUALVARIANT_FUSED asks for '%s', which this processor or its operating system does not "
                         "support: unset DUALVARIANT_FUSED", asked);
            return -1;
        }
        candidates &= named_variants[name];
    }
    for (int variant = 0; variant < VARIANTS; variant++)
        if (candidates >> variant & 1)
            return variant;
    return NONE;
}

/* How Python opens modules: what sys.setdlopenflags() was called with. */
static int find_flags(void)
{
    PyObject *function = PySys_GetObject("getdlopenflags");
    PyObject *flags = function ? PyObject_CallObject(function, 0) : 0;
    long found = flags ? PyLong_AsLong(flags) : -1;
    if (flags)
        Py_DecRef(flags);
    if (found >= 0)
        return (int)found;
    PyErr_Clear();
    return RTLD_NOW;
}

/* The entry point of the variant that fits; null with an exception set. */
static void *find_entry_point(const char *symbol)
{
    char path[LONGEST_PATH];
    place own;
    void *library, *entry;
    unsigned length = 0, at = 0;
    int variant = choose();
    if (variant < 0)
        return 0;
    if (!dladdr((const void *)&files, &own)) {
        PyErr_Format(PyExc_ImportError, "this module cannot find its own file (dladdr): %s", symbol);
        return 0;
    }
    const char *file = files[file_of[variant]];
    for (const char *from = own.path; *from && length < sizeof path - sizeof *files; from++)
        path[length++] = *from;
    while (length && path[length - 1] != '/')
        length--;
    while ((path[length++] = file[at++]))
        ;
    library = dlopen(path, find_flags());
    entry = library ? dlsym(library, symbol) : 0;
    if (!entry)
        PyErr_Format(PyExc_ImportError, "the variant '%s' of this module cannot be loaded: %s",
                     variant == NONE ? "none" : names[variant], dlerror());
    return entry;
}

#define ENTRY_POINT(symbol)                                              \
    __attribute__((visibility("default"))) void *symbol(void)            \
    {                                                                    \
        void *(*entry)(void) = (void *(*)(void))find_entry_point(#symbol); \
        return entry ? entry() : 0;                                      \
    }

ENTRY_POINTS
