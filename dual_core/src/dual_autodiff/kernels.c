/* Array kernels: one plain C source, compiled for each CPU level by the compiler's own vectoriser.

   Each kernel works on planes of n <= BLOCK doubles. The loops have no branches; lanes outside the interval where the
   polynomial holds are computed at a harmless point and then done again with the C library, so that infinities, nans,
   zeros and subnormals are the C library's. Polynomials come from tools/minimax.py.

   The file is compiled with -ffp-contract=off: what is written as two operations rounds twice at every level. MULADD is a
   fused multiply-add where the CPU has one, and stands only inside the polynomials. */

#include "kernels.h"

#include <fenv.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "coefficients.h"

#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
/* gcc halves the registers of this level unless told otherwise. */
#pragma GCC target("prefer-vector-width=512")
#endif

#if defined(__FMA__) || defined(__aarch64__) || defined(__AVX512F__)
#define MULADD(a, b, c) __builtin_fma(a, b, c)
#else
#define MULADD(a, b, c) ((a) * (b) + (c))
#endif

#define EACH for (long i = 0; i < n; i++)
#define RESTRICT __restrict__
/* A kernel writes d, and e if it has a second result; it reads a, b, c, g, as many as it takes. */
#define ARGUMENTS long n, double *RESTRICT d, double *RESTRICT e, const double *const *from
#define PLANES                                                                                                         \
    const double *a = from[0], *b = from[1], *c = from[2], *g = from[3];                                               \
    (void)e, (void)a, (void)b, (void)c, (void)g

static inline int64_t bits_of(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double of_bits(int64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define SIGN INT64_MIN
#define ONE INT64_C(0x3ff0000000000000) /* the bits of 1.0 */
#define SHIFTER 0x1.8p52 /* x + SHIFTER has the nearest integer of x in its low digits */

/* Which lanes a polynomial may serve is found with integers alone, since SSE2 has no 64-bit comparison and no select.
   The sign bit of `beyond` says no: |x| is greater than the limit, or nan. */
#define BEYOND(x, limit) (bits_of(limit) - (bits_of(x) & INT64_MAX))
/* All bits for a lane inside, none for one outside. */
#define INSIDE(beyond) ((int64_t)((uint64_t)(beyond) >> 63) - 1)
/* Lanes outside are done again one by one. */
#define REDO(beyond, inside_test, ...)                                                                                 \
    if ((beyond) < 0)                                                                                                  \
        EACH if (!(inside_test)) { __VA_ARGS__ }

/* Arithmetic. */
#define ARITHMETIC(name, formula)                                                                                      \
    static void do_##name(ARGUMENTS)                                                                                   \
    {                                                                                                                  \
        PLANES;                                                                                                        \
        EACH d[i] = (formula);                                                                                         \
    }

ARITHMETIC(copy, a[i])
ARITHMETIC(add, a[i] + b[i])
ARITHMETIC(sub, a[i] - b[i])
ARITHMETIC(mul, a[i] * b[i])
ARITHMETIC(div, a[i] / b[i])
ARITHMETIC(neg, -a[i])
ARITHMETIC(abs, fabs(a[i]))
ARITHMETIC(sign, a[i] > 0.0 ? 1.0 : a[i] < 0.0 ? -1.0 : NAN)
ARITHMETIC(sqrt, sqrt(a[i]))
ARITHMETIC(mul_add, a[i] * b[i] + c[i] * g[i])
ARITHMETIC(mul_sub, a[i] * b[i] - c[i] * g[i])
ARITHMETIC(mul_plus, a[i] * b[i] + c[i])
ARITHMETIC(add_add, a[i] + b[i] + c[i])
ARITHMETIC(mul_mul, a[i] * b[i] * c[i])
ARITHMETIC(sub_mul_div, (a[i] - b[i] * c[i]) / g[i])
ARITHMETIC(neg_mul_div, -a[i] * b[i] / c[i])
ARITHMETIC(less, a[i] < b[i] ? 1.0 : 0.0)
ARITHMETIC(less_equal, a[i] <= b[i] ? 1.0 : 0.0)
ARITHMETIC(equal, a[i] == b[i] ? 1.0 : 0.0)
ARITHMETIC(not_equal, a[i] != b[i] ? 1.0 : 0.0)
ARITHMETIC(both, a[i] != 0.0 ? (b[i] != 0.0 ? 1.0 : 0.0) : 0.0)
ARITHMETIC(either, a[i] != 0.0 ? 1.0 : (b[i] != 0.0 ? 1.0 : 0.0))
ARITHMETIC(negate, a[i] != 0.0 ? 0.0 : 1.0)
ARITHMETIC(select, a[i] != 0.0 ? b[i] : c[i])
ARITHMETIC(first_max, a[i] >= b[i] ? 1.0 : (a[i] != a[i] ? 1.0 : 0.0))
ARITHMETIC(first_min, a[i] <= b[i] ? 1.0 : (a[i] != a[i] ? 1.0 : 0.0))

/* Horner's scheme, value and derivative: from the value b and the derivative c on, a step for each of the planes after
   these, all of them while the point is in a register. */
static inline __attribute__((always_inline)) void horner_steps(int steps, ARGUMENTS)
{
    EACH
    {
        double x = from[0][i], value = from[1][i], slope = from[2][i];
        for (int j = 0; j < steps; j++) {
            slope = x * slope + value;
            value = x * value + from[3 + j][i];
        }
        d[i] = value;
        e[i] = slope;
    }
}

#define HORNER(steps)                                                                                                  \
    static void do_horner##steps(ARGUMENTS) { horner_steps(steps, n, d, e, from); }

HORNER(1)
HORNER(2)
HORNER(3)
HORNER(4)
HORNER(5)

/* exp(r) - 1 for |r| <= log(2)/2. */
static inline double short_expm1(double r)
{
    double q = EXP9;
    q = MULADD(q, r, EXP8);
    q = MULADD(q, r, EXP7);
    q = MULADD(q, r, EXP6);
    q = MULADD(q, r, EXP5);
    q = MULADD(q, r, EXP4);
    q = MULADD(q, r, EXP3);
    q = MULADD(q, r, EXP2);
    q = MULADD(q, r, EXP1);
    q = MULADD(q, r, EXP0);
    return MULADD(r * r, q, r);
}

/* exp(x) = scale·(1 + p) for |x| <= EXP_LIMIT: returns p, and the scale's logarithm in the low digits of *shifted. */
#define EXP_LIMIT 708.0
static inline double exp_parts(double x, double *shifted)
{
    double k;
    *shifted = MULADD(x, LOG2E, SHIFTER);
    k = *shifted - SHIFTER;
    return short_expm1(MULADD(-k, LN2_1, MULADD(-k, LN2_0, x)));
}

static inline double scale_of(double shifted) { return of_bits((int64_t)((uint64_t)(bits_of(shifted) + 1023) << 52)); }

/* x·2^k, with k in the low digits of shifted; both are normal. */
static inline double scaled(double x, double shifted)
{
    return of_bits(bits_of(x) + (int64_t)((uint64_t)bits_of(shifted) << 52));
}

/* x with the sign of `like`; x is positive or -0. */
static inline double with_sign(double x, double like)
{
    return of_bits((bits_of(x) & INT64_MAX) | (bits_of(like) & SIGN));
}

/* A kernel of one variable, for |x| up to a limit; x is a[i], or 0 where that is beyond. */
#define KERNEL(name, limit, formula, again)                                                                            \
    static void do_##name(ARGUMENTS)                                                                                   \
    {                                                                                                                  \
        int64_t strange = 0;                                                                                           \
        PLANES;                                                                                                        \
        EACH                                                                                                           \
        {                                                                                                              \
            int64_t beyond = BEYOND(a[i], limit);                                                                      \
            double x = of_bits(bits_of(a[i]) & INSIDE(beyond));                                                        \
            formula;                                                                                                   \
            strange |= beyond;                                                                                         \
        }                                                                                                              \
        REDO(strange, fabs(a[i]) <= limit, again;)                                                                     \
    }

static inline double short_exp(double x)
{
    double shifted, p = exp_parts(x, &shifted);
    return scaled(1.0 + p, shifted);
}

/* 2^k is exact for a whole k. */
static inline double short_exp2(double x)
{
    double shifted = x + SHIFTER;
    return scaled(1.0 + short_expm1((x - (shifted - SHIFTER)) * LN2), shifted);
}

static inline double middle_expm1(double x)
{
    double shifted, p = exp_parts(x, &shifted), scale = scale_of(shifted);
    return with_sign((scale - 1.0) + scale * p, x);
}

KERNEL(exp, EXP_LIMIT, d[i] = short_exp(x), d[i] = exp(a[i]))
KERNEL(exp2, 1021.0, d[i] = short_exp2(x), d[i] = exp2(a[i]))
KERNEL(expm1, EXP_LIMIT, d[i] = middle_expm1(x), d[i] = expm1(a[i]))

/* d = sinh, e = cosh; with E = exp(|x|) - 1 they are (E + E/(E + 1))/2 and (E + 1 + 1/(E + 1))/2. */
static inline void middle_sinhcosh(double x, double *sine, double *cosine)
{
    double less = middle_expm1(fabs(x)), whole = less + 1.0;
    *sine = with_sign(0.5 * (less + less / whole), x);
    *cosine = 0.5 * (whole + 1.0 / whole);
}

KERNEL(sinhcosh, EXP_LIMIT, middle_sinhcosh(x, d + i, e + i), d[i] = sinh(a[i]); e[i] = cosh(a[i]))

#define LEAST_NORMAL 0x1p-1022
#define GREATEST 0x1.fffffffffffffp1023

/* The parts of log(x) = k·log(2) + f - (half - s·q) for a normal x > 0, with x = 2^k·(1 + f). */
typedef struct {
    double k, f, half, s, q;
} logarithm;

static inline logarithm log_parts(int64_t x)
{
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    int64_t lifted = x + (ONE - root_half);
    double k = of_bits((int64_t)((uint64_t)lifted >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0);
    double f = of_bits((lifted & 0x000fffffffffffff) + root_half) - 1.0;
    double s = f / (2.0 + f), z = s * s, half = 0.5 * f * f;
    double q = LOG6;
    q = MULADD(q, z, LOG5);
    q = MULADD(q, z, LOG4);
    q = MULADD(q, z, LOG3);
    q = MULADD(q, z, LOG2);
    q = MULADD(q, z, LOG1);
    q = MULADD(q, z, LOG0);
    return (logarithm){k, f, half, s, MULADD(q, z, half)};
}

/* A kernel of a positive, normal variable. */
#define LOG_KERNEL(name, formula, again)                                                                               \
    static void do_##name(ARGUMENTS)                                                                                   \
    {                                                                                                                  \
        int64_t strange = 0;                                                                                           \
        PLANES;                                                                                                        \
        EACH                                                                                                           \
        {                                                                                                              \
            int64_t x = bits_of(a[i]), inside;                                                                         \
            int64_t beyond = x | (int64_t)((uint64_t)x - (uint64_t)bits_of(LEAST_NORMAL))                              \
                             | (int64_t)((uint64_t)bits_of(GREATEST) - (uint64_t)x);                                   \
            inside = INSIDE(beyond);                                                                                   \
            logarithm l = log_parts((x & inside) | (ONE & ~inside));                                                   \
            d[i] = formula;                                                                                            \
            strange |= beyond;                                                                                         \
        }                                                                                                              \
        REDO(strange, a[i] >= LEAST_NORMAL && a[i] <= GREATEST, d[i] = again;)                                         \
    }

LOG_KERNEL(log, MULADD(l.k, LN2_0, l.f - (l.half - MULADD(l.s, l.q, l.k * LN2_1))), log(a[i]))
/* The logarithm of a power of two is exact: f is zero. */
LOG_KERNEL(log2, l.k + (l.f - (l.half - l.s * l.q)) * LOG2E, log2(a[i]))

/* log(1 + x) for x > -1; what the sum 1 + x loses comes in again. */
static inline double any_log1p(double x)
{
    double u = 1.0 + x, back = u - x, lost = (x - (u - back)) + (1.0 - back);
    logarithm l = log_parts(bits_of(u));
    return with_sign(MULADD(l.k, LN2_0, l.f - (l.half - MULADD(l.s, l.q, MULADD(l.k, LN2_1, lost / u)))), x);
}

static void do_log1p(ARGUMENTS)
{
    int64_t strange = 0;
    PLANES;
    EACH
    {
        int64_t u = bits_of(1.0 + a[i]);
        int64_t beyond = u | (int64_t)((uint64_t)u - (uint64_t)bits_of(LEAST_NORMAL))
                         | (int64_t)((uint64_t)bits_of(GREATEST) - (uint64_t)u);
        d[i] = any_log1p(of_bits(bits_of(a[i]) & INSIDE(beyond)));
        strange |= beyond;
    }
    REDO(strange, a[i] > -1.0 && a[i] <= GREATEST, d[i] = log1p(a[i]);)
}

static inline double any_asinh(double x)
{
    double y = fabs(x);
    return with_sign(any_log1p(y + y * y / (1.0 + sqrt(1.0 + y * y))), x);
}

static inline double any_atanh(double x)
{
    double y = fabs(x);
    return with_sign(0.5 * any_log1p(2.0 * y / (1.0 - y)), x);
}

#define SQUARE_LIMIT 1e150             /* whose square is finite */
#define SQUARE_LEAST 1e-140            /* whose square is normal, and what is lost beside it too little to see */
#define BELOW_ONE 0x1.fffffffffffffp-1 /* the greatest double below 1 */

KERNEL(asinh, SQUARE_LIMIT, d[i] = any_asinh(x), d[i] = asinh(a[i]))
KERNEL(atanh, BELOW_ONE, d[i] = any_atanh(x), d[i] = atanh(a[i]))

static void do_acosh(ARGUMENTS)
{
    int64_t strange = 0;
    PLANES;
    EACH
    {
        int64_t x = bits_of(a[i]), inside;
        int64_t beyond = x | (int64_t)((uint64_t)x - (uint64_t)ONE)
                         | (int64_t)((uint64_t)bits_of(SQUARE_LIMIT) - (uint64_t)x);
        inside = INSIDE(beyond);
        double more = of_bits((x & inside) | (ONE & ~inside)) - 1.0;
        d[i] = any_log1p(more + sqrt(more * (more + 2.0)));
        strange |= beyond;
    }
    REDO(strange, a[i] >= 1.0 && a[i] <= SQUARE_LIMIT, d[i] = acosh(a[i]);)
}

/* The greater size; a nan if either is one, or infinite. */
static inline double most_of(double x, double y)
{
    x = fabs(x), y = fabs(y);
    return x != x || x > y ? x : y;
}

static void do_hypot(ARGUMENTS)
{
    int64_t strange = 0;
    PLANES;
    EACH
    {
        double most = most_of(a[i], b[i]), x, y;
        int64_t beyond = BEYOND(most, SQUARE_LIMIT) | (bits_of(most) - bits_of(SQUARE_LEAST));
        x = of_bits(bits_of(a[i]) & INSIDE(beyond));
        y = of_bits(bits_of(b[i]) & INSIDE(beyond));
        d[i] = sqrt(x * x + y * y);
        strange |= beyond;
    }
    REDO(strange, most_of(a[i], b[i]) <= SQUARE_LIMIT && most_of(a[i], b[i]) >= SQUARE_LEAST,
         d[i] = hypot(a[i], b[i]);)
}

/* The angle is that of 0, pi/4 or pi/2 and one of at most pi/8, where the polynomial holds. */
static inline double any_atan(double x)
{
    double size = fabs(x), far = 1.0 / EIGHTH_TAN, near = EIGHTH_TAN;
    double over = size > far ? -1.0 : size > near ? size - 1.0 : size;
    double under = size > far ? size : size > near ? size + 1.0 : 1.0;
    double quarters = size > far ? 2.0 : size > near ? 1.0 : 0.0;
    double t = over / under, z = t * t;
    double q = ATAN11;
    q = MULADD(q, z, ATAN10);
    q = MULADD(q, z, ATAN9);
    q = MULADD(q, z, ATAN8);
    q = MULADD(q, z, ATAN7);
    q = MULADD(q, z, ATAN6);
    q = MULADD(q, z, ATAN5);
    q = MULADD(q, z, ATAN4);
    q = MULADD(q, z, ATAN3);
    q = MULADD(q, z, ATAN2);
    q = MULADD(q, z, ATAN1);
    q = MULADD(q, z, ATAN0);
    return with_sign(quarters * QUARTER_PI + (t + MULADD(t * z, q, quarters * QUARTER_PI_REST)), x);
}

KERNEL(atan, GREATEST, d[i] = any_atan(x), d[i] = atan(a[i]))
KERNEL(asin, BELOW_ONE, d[i] = any_atan(x / sqrt((1.0 - x) * (1.0 + x))), d[i] = asin(a[i]))
KERNEL(acos, BELOW_ONE, d[i] = 2.0 * any_atan(sqrt((1.0 - x) / (1.0 + x))), d[i] = acos(a[i]))

#define TURN_LIMIT 1e6

/* d = sin, e = cos. The argument is reduced by multiples of pi/2 in three parts, the rounding of the last step kept. */
static void do_sincos(ARGUMENTS)
{
    int64_t strange = 0;
    PLANES;
    EACH
    {
        double size = fabs(a[i]);
        int64_t beyond = BEYOND(a[i], TURN_LIMIT);
        double x = of_bits(bits_of(size) & INSIDE(beyond));
        double shifted = MULADD(x, TWO_BY_PI, SHIFTER), k = shifted - SHIFTER;
        double w = x - k * HALF_PI_0, t = k * HALF_PI_1;
        double r = w - t, rest = MULADD(-k, HALF_PI_2, (w - r) - t);
        double z, p, q, half, sine, cosine;
        int64_t turn = bits_of(shifted), swap, chosen;
        w = r + rest;
        rest = (r - w) + rest;
        r = w;
        z = r * r;
        p = SIN6;
        p = MULADD(p, z, SIN5);
        p = MULADD(p, z, SIN4);
        p = MULADD(p, z, SIN3);
        p = MULADD(p, z, SIN2);
        p = MULADD(p, z, SIN1);
        p = MULADD(p, z, SIN0);
        q = COS5;
        q = MULADD(q, z, COS4);
        q = MULADD(q, z, COS3);
        q = MULADD(q, z, COS2);
        q = MULADD(q, z, COS1);
        q = MULADD(q, z, COS0);
        half = 0.5 * z;
        sine = r + MULADD(r * z, p, MULADD(-half, rest, rest));
        w = 1.0 - half;
        cosine = w + (((1.0 - w) - half) + MULADD(z * z, q, -(r * rest)));
        swap = -(turn & 1);
        chosen = (bits_of(sine) & ~swap) | (bits_of(cosine) & swap);
        d[i] = of_bits(chosen ^ (int64_t)((uint64_t)(turn & 2) << 62) ^ (bits_of(a[i]) & SIGN));
        chosen = (bits_of(cosine) & ~swap) | (bits_of(sine) & swap);
        e[i] = of_bits(chosen ^ (int64_t)((uint64_t)((turn + 1) & 2) << 62));
        strange |= beyond;
    }
    REDO(strange, fabs(a[i]) <= TURN_LIMIT, d[i] = sin(a[i]); e[i] = cos(a[i]);)
}

#define TANH_LIMIT 350.0

/* d = tanh, e = its derivative; with u = exp(-2|x|) they are (1 - u)/(1 + u) and 4u/(1 + u)^2. */
static void do_tanh(ARGUMENTS)
{
    int64_t strange = 0;
    PLANES;
    EACH
    {
        double size = fabs(a[i]);
        int64_t beyond = BEYOND(a[i], TANH_LIMIT);
        double y = of_bits(bits_of(-2.0 * size) & INSIDE(beyond));
        double shifted, p = exp_parts(y, &shifted), scale = scale_of(shifted);
        double u = scale * (1.0 + p);
        double less = (scale - 1.0) + scale * p; /* u - 1 */
        double more = 2.0 + less;                /* u + 1 */
        d[i] = with_sign(less / more, a[i]);
        double lost = less - (more - 2.0);       /* in that sum */
        e[i] = 4.0 * u / MULADD(more, more, 2.0 * more * lost);
        strange |= beyond;
    }
    REDO(strange, fabs(a[i]) <= TANH_LIMIT, double wide = cosh(a[i]); d[i] = tanh(a[i]); e[i] = 1.0 / wide / wide;)
}

/* The C library, point by point. */
static inline double square_exp(double x)
{
    double square = x * x, high, low;
    if (!(fabs(x) <= 28.0))
        return x != x ? x : 0.0;
    high = x * 134217729.0 - (x * 134217729.0 - x);
    low = x - high;
    return exp(-square) * (1.0 - (((high * high - square) + 2.0 * high * low) + low * low));
}

static inline double leg(double x, double other, double h)
{
    if (isinf(x))
        return isinf(other) ? NAN : copysign(1.0, x);
    return x / h;
}

/* (x·d - y·b) / (x² + y²) without the squares. */
static inline double turn(double y, double x, double d, double b)
{
    double flat, scale, h;
    if (isinf(x) || isinf(y)) {
        flat = x != x || y != y ? NAN : 0.0;
        return copysign(flat, x) * d - copysign(flat, y) * b;
    }
    scale = isinf(hypot(x, y)) ? 0.5 : 1.0;
    x *= scale;
    y *= scale;
    h = hypot(x, y);
    return (x / h * d - y / h * b) / h * scale;
}

static inline double atan_rule(double b, double x)
{
    double square = x * x;
    return square < INFINITY ? b / (1.0 + square) : b / x / x;
}

static inline double pow_by_base(double x, double c)
{
    if (c == 2.0)
        return 2.0 * x;
    if (c == 3.0)
        return 3.0 * (x * x);
    return c == 0.0 ? 0.0 : c * pow(x, c - 1.0);
}

ARITHMETIC(log10, log10(a[i]))
ARITHMETIC(cbrt, cbrt(a[i]))
ARITHMETIC(erf, erf(a[i]))
ARITHMETIC(erfc, erfc(a[i]))
ARITHMETIC(atan2, atan2(a[i], b[i]))
ARITHMETIC(pow, pow(a[i], b[i]))
ARITHMETIC(square_exp, square_exp(a[i]))
ARITHMETIC(leg, leg(a[i], b[i], c[i]))
ARITHMETIC(turn_both, turn(a[i], b[i], c[i], g[i]))
ARITHMETIC(turn_first, turn(a[i], b[i], c[i], 0.0))
ARITHMETIC(turn_second, turn(a[i], b[i], 0.0, c[i]))
ARITHMETIC(atan_rule, atan_rule(a[i], b[i]))
ARITHMETIC(pow_by_base, pow_by_base(a[i], b[i]))
ARITHMETIC(pow_by_exponent, a[i] < 0.0 ? NAN : b[i] == 0.0 ? 0.0 : b[i] * log(a[i]))

#define OPERATIONS(X)                                                                                                  \
    X(copy) X(add) X(sub) X(mul) X(div) X(neg) X(abs) X(sign) X(sqrt) X(mul_add) X(mul_sub) X(mul_plus) X(add_add)     \
    X(mul_mul) X(horner1) X(horner2) X(horner3) X(horner4) X(horner5) X(sub_mul_div) X(neg_mul_div) X(less)            \
    X(less_equal) X(equal) X(not_equal) X(both) X(either) X(negate) X(select) X(first_max) X(first_min) X(exp)         \
    X(log) X(sincos) X(tanh) X(asin) X(acos) X(atan) X(sinhcosh) X(asinh) X(acosh) X(atanh) X(exp2) X(expm1) X(log2)   \
    X(log10) X(log1p) X(cbrt) X(erf) X(erfc) X(hypot) X(atan2) X(pow) X(square_exp) X(leg) X(turn_both)                \
    X(turn_first) X(turn_second) X(atan_rule) X(pow_by_base) X(pow_by_exponent)

typedef void (*kernel)(ARGUMENTS);
#define POINTER(name) do_##name,
#define NAME(name) #name,
static const kernel kernels[] = {OPERATIONS(POINTER)};
static const char *const names[] = {OPERATIONS(NAME) NULL};

const char *operation_name(int operation) { return names[operation]; }

void run_program(const instruction *code, int count, double **planes, const unsigned char *moves, int plane_count,
                 double **at, long first, long last, unsigned char *flagged)
{
    const double *from[SOURCES] = {NULL};
    feclearexcept(FE_ALL_EXCEPT);
    for (long begin = first; begin < last; begin += BLOCK) {
        long n = last - begin < BLOCK ? last - begin : BLOCK;
        for (int j = 0; j < plane_count; j++)
            if (moves[j] == COPIED) {
                const double *source[SOURCES] = {planes[j] + begin};
                do_copy(n, at[j], NULL, source);
            } else {
                at[j] = moves[j] == MOVES ? planes[j] + begin : planes[j];
            }
        for (int j = 0; j < count; j++) {
            const instruction *s = code + j;
            for (int k = 0; k < s->sources; k++)
                from[k] = at[s->from[k]];
            kernels[s->operation](n, at[s->to[0]], s->to[1] < 0 ? NULL : at[s->to[1]], from);
        }
        int met = fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW);
        if (met) {
            flagged[begin / BLOCK] = (met & ~FE_UNDERFLOW ? STRANGE : 0) | (met & FE_UNDERFLOW ? UNDERFLOW : 0);
            feclearexcept(FE_ALL_EXCEPT);
        }
    }
}

#if defined(__x86_64__)
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
const char *const build_level = "x86_64 v4";
#elif defined(__AVX2__) && defined(__FMA__) && defined(__BMI2__)
const char *const build_level = "x86_64 v3";
#elif defined(__SSE4_2__) && defined(__POPCNT__)
const char *const build_level = "x86_64 v2";
#else
const char *const build_level = "x86_64 v1";
#endif
#elif defined(__aarch64__)
#if defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_COMPLEX)
const char *const build_level = "aarch64 8.4a";
#elif defined(__ARM_FEATURE_COMPLEX)
const char *const build_level = "aarch64 8.3a";
#elif defined(__ARM_FEATURE_QRDMX)
const char *const build_level = "aarch64 8.1a";
#else
const char *const build_level = "aarch64 8a";
#endif
#else
const char *const build_level = "baseline";
#endif

#if defined(__clang__)
const char *const build_compiler = "clang " __clang_version__;
#elif defined(__GNUC__)
const char *const build_compiler = "gcc " __VERSION__;
#else
const char *const build_compiler = "unknown";
#endif

#ifndef BUILD_FLAGS
#define BUILD_FLAGS ""
#endif
const char *const build_flags = BUILD_FLAGS;
