/* Elementary functions of one point, without a branch, so that a compiler makes vectors of them. They hold inside the
   interval that stands beside each; kernels.c sees to the rest. Polynomials come from tools/minimax.py.

   MULADD is a fused multiply-add where the CPU has one, and stands only here: what is written as two operations rounds
   twice at every level (-ffp-contract=off). */
#ifndef DUAL_ELEMENTARY_H
#define DUAL_ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "coefficients.h"

#if defined(__FMA__) || defined(__aarch64__) || defined(__AVX512F__)
#define FUSED
#define MULADD(a, b, c) __builtin_fma(a, b, c)
#else
#define MULADD(a, b, c) ((a) * (b) + (c))
#endif

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
/* The same for the bits of a positive x: less than low, greater than high, or nan. */
#define NOT_BETWEEN(x, low, high)                                                                                      \
    ((x) | (int64_t)((uint64_t)(x) - (uint64_t)bits_of(low)) | (int64_t)((uint64_t)bits_of(high) - (uint64_t)(x)))
/* All bits for a lane inside, none for one outside. */
#define INSIDE(beyond) ((int64_t)((uint64_t)(beyond) >> 63) - 1)

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

static inline double exp_inside(double x)
{
    double shifted, p = exp_parts(x, &shifted);
    return scaled(1.0 + p, shifted);
}

#define EXP2_LIMIT 1021.0
/* 2^k is exact for a whole k. */
static inline double exp2_inside(double x)
{
    double shifted = x + SHIFTER;
    return scaled(1.0 + short_expm1((x - (shifted - SHIFTER)) * LN2), shifted);
}

static inline double expm1_inside(double x)
{
    double shifted, p = exp_parts(x, &shifted), scale = scale_of(shifted);
    return with_sign((scale - 1.0) + scale * p, x);
}

/* d = sinh, e = cosh; with E = exp(|x|) - 1 they are (E + E/(E + 1))/2 and (E + 1 + 1/(E + 1))/2. */
static inline void sinhcosh_inside(double x, double *sine, double *cosine)
{
    double less = expm1_inside(fabs(x)), whole = less + 1.0;
    *sine = with_sign(0.5 * (less + less / whole), x);
    *cosine = 0.5 * (whole + 1.0 / whole);
}

#define LEAST_NORMAL 0x1p-1022
#define GREATEST 0x1.fffffffffffffp1023
#define POWER_LEAST 1e-280 /* a power that has all its digits, */
#define SLOPE_LEAST 1e-290 /* and what its derivative is a multiple of */
#define SCALE_BELOW 1e-290 /* less than this, a hypotenuse may not have all its digits */
#define SCALE_UP 0x1p600

/* The parts of log(x) = k·log(2) + f - (half - s·q) for a normal x > 0, with x = 2^k·(1 + f). */
typedef struct {
    double k, f, half, s, q;
} logarithm;

/* f, with 1 + f between the square roots of 1/2 and 2. */
static inline double log_reduced(int64_t x, double *k)
{
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    int64_t lifted = x + (ONE - root_half);
    *k = of_bits((int64_t)((uint64_t)lifted >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0);
    return of_bits((lifted & 0x000fffffffffffff) + root_half) - 1.0;
}

static inline logarithm log_parts(int64_t x)
{
    double k, f = log_reduced(x, &k);
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

/* For a normal x > 0, given by its bits. */
static inline double log_inside(int64_t x)
{
    logarithm l = log_parts(x);
    return MULADD(l.k, LN2_0, l.f - (l.half - MULADD(l.s, l.q, l.k * LN2_1)));
}

/* The logarithm of a power of two is exact: f is zero. */
static inline double log2_inside(int64_t x)
{
    logarithm l = log_parts(x);
    return l.k + (l.f - (l.half - l.s * l.q)) * LOG2E;
}

/* log(1 + x) for x > -1; what the sum 1 + x loses comes in again. */
static inline double log1p_inside(double x)
{
    double u = 1.0 + x, back = u - x, lost = (x - (u - back)) + (1.0 - back);
    logarithm l = log_parts(bits_of(u));
    return with_sign(MULADD(l.k, LN2_0, l.f - (l.half - MULADD(l.s, l.q, MULADD(l.k, LN2_1, lost / u)))), x);
}

#define SQUARE_LIMIT 1e150             /* whose square is finite */
#define SQUARE_LEAST 1e-140            /* whose square is normal, and what is lost beside it too little to see */
#define BELOW_ONE 0x1.fffffffffffffp-1 /* the greatest double below 1 */

static inline double asinh_inside(double x)
{
    double y = fabs(x);
    return with_sign(log1p_inside(y + y * y / (1.0 + sqrt(1.0 + y * y))), x);
}

static inline double atanh_inside(double x)
{
    double y = fabs(x);
    return with_sign(0.5 * log1p_inside(2.0 * y / (1.0 - y)), x);
}

static inline double acosh_inside(double more) /* than 1 */
{
    return log1p_inside(more + sqrt(more * (more + 2.0)));
}

/* The angle is that of 0, pi/4 or pi/2 and one of at most pi/8, where the polynomial holds. */
static inline double atan_inside(double x)
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

static inline double asin_inside(double x) { return atan_inside(x / sqrt((1.0 - x) * (1.0 + x))); }
static inline double acos_inside(double x) { return 2.0 * atan_inside(sqrt((1.0 - x) / (1.0 + x))); }

#define TURN_LIMIT 1e6
/* The cube root of x, from a near one: 23 digits of that have an exact square, and what comes out is within 0.67 units
   of the last place. */
static inline double cbrt_from(double x, double root)
{
    double head = root * 0x1.00000004p30, quotient;
    head = head - (head - root);
    quotient = x / (head * head);
    return head + head * ((quotient - head) / (head + head + quotient));
}

static inline double cbrt_of(double x)
{
    double root = cbrt(x);
    return root != 0.0 && isfinite(root) ? cbrt_from(x, root) : root;
}

/* The argument is reduced by multiples of pi/2 in three parts, the rounding of the last step kept. */
static inline void sincos_inside(double x, double *sine, double *cosine)
{
    double size = fabs(x);
    double shifted = MULADD(size, TWO_BY_PI, SHIFTER), k = shifted - SHIFTER;
    double w = size - k * HALF_PI_0, t = k * HALF_PI_1;
    double r = w - t, rest = MULADD(-k, HALF_PI_2, (w - r) - t);
    double z, p, q, half, s, c;
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
    s = r + MULADD(r * z, p, MULADD(-half, rest, rest));
    w = 1.0 - half;
    c = w + (((1.0 - w) - half) + MULADD(z * z, q, -(r * rest)));
    swap = -(turn & 1);
    chosen = (bits_of(s) & ~swap) | (bits_of(c) & swap);
    *sine = of_bits(chosen ^ (int64_t)((uint64_t)(turn & 2) << 62) ^ (bits_of(x) & SIGN));
    chosen = (bits_of(c) & ~swap) | (bits_of(s) & swap);
    *cosine = of_bits(chosen ^ (int64_t)((uint64_t)((turn + 1) & 2) << 62));
}

#define TANH_LIMIT 350.0
/* With u = exp(-2|x|) they are (1 - u)/(1 + u) and 4u/(1 + u)^2. */
static inline void tanh_inside(double x, double *value, double *slope)
{
    double shifted, p = exp_parts(-2.0 * fabs(x), &shifted), scale = scale_of(shifted);
    double u = scale * (1.0 + p);
    double less = (scale - 1.0) + scale * p; /* u - 1 */
    double more = 2.0 + less;                /* u + 1 */
    double lost = less - (more - 2.0);       /* in that sum */
    *value = with_sign(less / more, x);
    *slope = 4.0 * u / MULADD(more, more, 2.0 * more * lost);
}

#ifdef FUSED
/* Numbers in two parts, for what a rounding would be too much; each product's own error is a fused multiply-add. */
typedef struct {
    double high, low;
} twofold;

/* The logarithm of a normal x > 0, given by its bits, to some 65 digits: 2s + s^3·(2/3 + s^2·...) + k·log(2). */
static inline twofold log_twofold(int64_t x)
{
    double k, f = log_reduced(x, &k);
    double t = 2.0 + f, t_low = f - (t - 2.0), inverse = 1.0 / t;
    double s = f * inverse, s_low = (MULADD(-s, t, f) - s * t_low) * inverse;
    double z = s * s, z_low = MULADD(s, s, -z) + 2.0 * s * s_low;
    double tail, c, c_low, cube, cube_low, term, term_low, sum, high;
    tail = LOG_TAIL7;
    tail = MULADD(tail, z, LOG_TAIL6);
    tail = MULADD(tail, z, LOG_TAIL5);
    tail = MULADD(tail, z, LOG_TAIL4);
    tail = MULADD(tail, z, LOG_TAIL3);
    tail = MULADD(tail, z, LOG_TAIL2);
    tail = MULADD(tail, z, LOG_TAIL1);
    tail = MULADD(tail, z, LOG_TAIL0);
    tail *= z;
    c = TWO_THIRDS + tail;
    c_low = (tail - (c - TWO_THIRDS)) + TWO_THIRDS_REST;
    cube = s * z;
    cube_low = MULADD(s, z, -cube) + MULADD(s, z_low, s_low * z);
    term = cube * c;
    term_low = MULADD(cube, c, -term) + MULADD(cube, c_low, cube_low * c);
    sum = 2.0 * s + term;
    term_low += (2.0 * s - sum) + term + 2.0 * s_low;
    high = MULADD(k, LN2_0, sum);
    return (twofold){high, (MULADD(k, LN2_0, -high) + sum) + MULADD(k, LN2_1, term_low)};
}

static inline double log10_inside(int64_t x)
{
    twofold l = log_twofold(x);
    double high = l.high * LOG10E;
    return high + (MULADD(l.high, LOG10E, -high) + MULADD(l.high, LOG10E_REST, l.low * LOG10E));
}

/* x to the power of y + y_low; *beyond becomes negative where this does not hold. */
static inline double pow_inside(double x, double y, double y_low, int64_t *beyond)
{
    int64_t size = bits_of(x) & INT64_MAX, inside, negative = bits_of(x) & SIGN;
    double whole = y + SHIFTER; /* its lowest digit says whether y is odd, if it is whole and not too great */
    double high, low, shifted, k;
    *beyond = NOT_BETWEEN(size, LEAST_NORMAL, GREATEST);
    inside = INSIDE(*beyond);
    twofold l = log_twofold((size & inside) | (ONE & ~inside));
    high = y * l.high;
    low = MULADD(y, l.high, -high) + MULADD(y, l.low, y_low * l.high);
    *beyond |= BEYOND(high, EXP_LIMIT) | (whole - SHIFTER == y && fabs(y) < 0x1p51 ? 0 : negative);
    high = of_bits(bits_of(high) & INSIDE(*beyond));
    shifted = MULADD(high, LOG2E, SHIFTER);
    k = shifted - SHIFTER;
    low = scaled(1.0 + short_expm1(MULADD(-k, LN2_1, MULADD(-k, LN2_0, high)) + low), shifted);
    return of_bits(bits_of(low) ^ (negative & (int64_t)((uint64_t)bits_of(whole) << 63)));
}
#endif

#endif
