/* The operations on planes: rows of at most BLOCK doubles, in cache. See kernels.c. */
#ifndef DUAL_KERNELS_H
#define DUAL_KERNELS_H

#define BLOCK 256

typedef struct {
    int operation;   /* index into the list of operations */
    int to[2];       /* planes written; -1 for none */
    int from[4];     /* planes read, never one that is written */
} instruction;

/* The name of an operation; NULL after the last. */
const char *operation_name(int operation);

/* Run a program over the points first..last-1.
   planes: where each plane begins; moves: whether it advances with the points (inputs and outputs do, registers don't).
   flagged: a byte for each block, set where an arithmetic exception of those in `exceptions` was met. */
void run_program(const instruction *code, int count, double **planes, const unsigned char *moves, int plane_count,
                 double **scratch, long first, long last, unsigned char *flagged, int exceptions);

/* The bits of `exceptions`: invalid, divide by zero and overflow, and underflow too if asked. */
int exception_bits(int with_underflow);

extern const char *const build_level;
extern const char *const build_compiler;
extern const char *const build_flags;

#endif
