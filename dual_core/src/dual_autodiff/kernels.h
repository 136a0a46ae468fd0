/* The operations on planes: rows of at most BLOCK doubles, in cache. See kernels.c. */
#ifndef DUAL_KERNELS_H
#define DUAL_KERNELS_H

#define BLOCK 256
#define SOURCES 8
#define LINE 64 /* bytes: registers begin at a multiple */
#if defined(__AVX512F__)
#define VECTOR 64 /* bytes that are read at once */
#elif defined(__AVX__)
#define VECTOR 32
#else
#define VECTOR 16
#endif

typedef struct {
    int operation;       /* index into the list of operations */
    int to[2];           /* planes written; the second is -1 if there is none */
    int sources;         /* how many planes are read */
    int from[SOURCES];   /* which; never one that is written */
} instruction;

/* An input that is read more often than this, and is not aligned to VECTOR, as NumPy's memory is to no more than 16
   bytes, is copied block by block: a read across two cache lines costs two. */
#define WORTH_A_COPY 4

/* What the points of a plane are at the next block. */
enum {
    FIXED,   /* the same: registers, constants */
    MOVES,   /* the next ones: inputs, outputs */
    COPIED,  /* the next ones, read through a register: see WORTH_A_COPY */
};

/* The name of an operation; NULL after the last. */
const char *operation_name(int operation);

/* Run a program over the points first..last-1.
   planes: where each plane begins; moves: how it goes on; at: room for as many, a register where the plane is COPIED.
   flagged: a byte for each block, which says the arithmetic exceptions that were met there. */
void run_program(const instruction *code, int count, double **planes, const unsigned char *moves, int plane_count,
                 double **at, long first, long last, unsigned char *flagged);

/* What a byte of `flagged` is the sum of. */
enum { STRANGE = 1 /* invalid, division by zero, overflow */, UNDERFLOW = 2 };

extern const char *const build_level;
extern const char *const build_compiler;
extern const char *const build_flags;

#endif
