/* Three functions and their derivatives as a person would write them in C with our kernels at hand. The report's function
   takes three kernels a block, and everything else is one loop. Compiled in the benchmark's run with the flags of the level's own wheel:
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

void hand_poly5(const double *restrict x, double *restrict value, double *restrict slope, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double a = x[i];
        value[i] = ((((0.1 * a - 0.3) * a + 0.7) * a - 1.1) * a + 1.3) * a - 1.7;
        slope[i] = (((0.5 * a - 1.2) * a + 2.1) * a - 2.2) * a + 1.3;
    }
}

/* Points where the exponential is out of its kernel's interval would have to be done again; here there are none. */
void hand_gauss(const double *restrict x, double *restrict value, double *restrict slope, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double u = (x[i] - 1.5) / 0.7, e = exp_inside(-0.5 * (u * u));
        value[i] = e;
        slope[i] = -e * u / 0.7;
    }
}
