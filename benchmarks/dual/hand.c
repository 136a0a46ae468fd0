/* The report's function and its derivative as a person would write them in C with our kernels at hand: three kernels a
   block, everything else in one loop. Compiled in the benchmark's run with the flags of the level's own wheel:
   cc -I dual_core/src/dual_autodiff -shared -fPIC hand.c */
#include "kernels.c"

void hand_f(const double *x, double *value, double *slope, size_t count)
{
    static double sine[BLOCK], cosine[BLOCK], logarithm[BLOCK];
    for (size_t begin = 0; begin < count; begin += BLOCK) {
        long n = count - begin < BLOCK ? (long)(count - begin) : BLOCK;
        const double *a = x + begin;
        double *v = value + begin, *s = slope + begin;
        do_sincos(n, sine, cosine, (const double *[SOURCES]){a});
        do_log(n, logarithm, NULL, (const double *[SOURCES]){sine});
        for (long i = 0; i < n; i++) {
            double square = a[i] * a[i];
            v[i] = logarithm[i] + square * cosine[i];
            s[i] = cosine[i] / sine[i] + 2.0 * a[i] * cosine[i] - square * sine[i];
        }
    }
}
