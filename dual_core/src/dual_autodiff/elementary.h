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

/* The upper half of the digits. */
static inline double upper(double x) { return of_bits(bits_of(x) & ~INT64_C(0xffffffff)); }

/* x^2 - square, where square is near: what a rounding has lost. */
static inline double square_rest(double x, double square)
{
#ifdef FUSED
    return MULADD(x, x, -square);
#else
    double high = upper(x);
    return (high * high - square) + (x - high) * (x + high);
#endif
}

/* (exp(r) - 1 - r)/r^2 for |r| <= log(2)/2. */
static inline double exp_tail(double r)
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
    return MULADD(q, r, EXP0);
}

/* exp(r) - 1 for |r| <= log(2)/2. */
static inline double short_expm1(double r) { return MULADD(r * r, exp_tail(r), r); }

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
    double shifted = x + SHIFTER, rest = x - (shifted - SHIFTER), r = MULADD(rest, LN2_REST, rest * LN2), sum = 1.0 + r;
    return scaled(sum + MULADD(r * r, exp_tail(r), r - (sum - 1.0)), shifted);
}

/* exp(x) - 1 and exp(x): what the reduction and the sums round away comes in again. */
static inline double expm1_and_exp(double x, double *power)
{
    double shifted = MULADD(x, LOG2E, SHIFTER), k = shifted - SHIFTER;
    double high = MULADD(-k, LN2_0, x), lower = k * LN2_1, r = high - lower, rest = (high - r) - lower;
    double tail = MULADD(r * r, exp_tail(r), rest), near = 1.0 + r;
    double scale = scale_of(shifted), less = scale - 1.0, head = scale * r, sum = less + head;
    *power = scale * (near + ((r - (near - 1.0)) + tail));
    return sum + ((head - (sum - less)) + scale * tail);
}

static inline double expm1_inside(double x)
{
    double power;
    return with_sign(expm1_and_exp(x, &power), x);
}

/* d = sinh, e = cosh; with E = exp(|x|) they are (E - 1 + (E - 1)/E)/2 and (E + 1/E)/2. */
static inline void sinhcosh_inside(double x, double *sine, double *cosine)
{
    double whole, less = expm1_and_exp(fabs(x), &whole);
    *sine = with_sign(0.5 * (less + less / whole), x);
    *cosine = 0.5 * (whole + 1.0 / whole);
}

#define LEAST_NORMAL 0x1p-1022
#define GREATEST 0x1.fffffffffffffp1023
#define POWER_LEAST 1e-280 /* a power that has all its digits, */
#define SLOPE_LEAST 1e-290 /* and what its derivative is a multiple of */
#define SCALE_BELOW 1e-290 /* less than this, a hypotenuse may not have all its digits */
#define SCALE_UP 0x1p600

/* The parts of log(x) = k·log(2) + f - (half - tail) for a normal x > 0, with x = 2^k·(1 + f); half is most of f^2/2. */
typedef struct {
    double k, f, half, tail;
} logarithm;

/* f, with 1 + f between the square roots of 1/2 and 2. */
static inline double log_reduced(int64_t x, double *k)
{
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    int64_t lifted = x + (ONE - root_half);
    *k = of_bits((int64_t)((uint64_t)lifted >> 52) | 0x4330000000000000) - (0x1p52 + 1023.0);
    return of_bits((lifted & 0x000fffffffffffff) + root_half) - 1.0;
}

/* more: a little that the logarithm takes in with the tail. */
static inline logarithm log_parts(int64_t x, double more_by_k, double more)
{
    double k, f = log_reduced(x, &k);
    double s = f / (2.0 + f), z = s * s, high = upper(f), half = 0.5 * high * high, rest = 0.5 * (f - high) * (f + high);
    double q = LOG6;
    q = MULADD(q, z, LOG5);
    q = MULADD(q, z, LOG4);
    q = MULADD(q, z, LOG3);
    q = MULADD(q, z, LOG2);
    q = MULADD(q, z, LOG1);
    q = MULADD(q, z, LOG0);
    q = MULADD(q, z, half + rest);
    return (logarithm){k, f, half, MULADD(s, q, MULADD(k, more_by_k, more - rest))};
}

/* For a normal x > 0, given by its bits. */
static inline double log_inside(int64_t x)
{
    logarithm l = log_parts(x, LN2_1, 0.0);
    return MULADD(l.k, LN2_0, l.f - (l.half - l.tail));
}

/* The logarithm in two parts, of which the first times LOG2E_0 is exact. That of a power of two is exact: f is zero. */
static inline double log2_inside(int64_t x)
{
    logarithm l = log_parts(x, 0.0, 0.0);
    double high = upper(l.f - l.half), low = ((l.f - high) - l.half) + l.tail;
    double product = high * LOG2E_0, sum = l.k + product;
    return sum + (((l.k - sum) + product) + MULADD(low + high, LOG2E_1, low * LOG2E_0));
}

/* The same with k·log10(2) in two parts. */
static inline double log10_inside(int64_t x)
{
    logarithm l = log_parts(x, 0.0, 0.0);
    double high = upper(l.f - l.half), low = ((l.f - high) - l.half) + l.tail;
    double product = high * LOG10E_0, most = l.k * LOG10_2_0, sum = most + product;
    double rest = MULADD(low + high, LOG10E_1, MULADD(low, LOG10E_0, l.k * LOG10_2_1));
    return sum + (((most - sum) + product) + rest);
}

/* log(1 + x + more) for x > -1 and a much smaller rest; what the sum 1 + x loses comes in again. */
static inline double log1p_inside(double x, double more)
{
    double u = 1.0 + x, back = u - x, lost = (x - (u - back)) + (1.0 - back) + more;
    logarithm l = log_parts(bits_of(u), LN2_1, lost / u);
    return with_sign(MULADD(l.k, LN2_0, l.f - (l.half - l.tail)), x);
}

#define SQUARE_LIMIT 1e150             /* whose square is finite */
#define SQUARE_LEAST 1e-140            /* whose square is normal, and what is lost beside it too little to see */
#define BELOW_ONE 0x1.fffffffffffffp-1 /* the greatest double below 1 */

/* log(1 + x + y + more), the sum of x and y kept in two parts. */
static inline double log1p_of_sum(double x, double y, double more)
{
    double sum = x + y, back = sum - x;
    return log1p_inside(sum, (x - (sum - back)) + (y - back) + more);
}

static inline double asinh_inside(double x)
{
    double y = fabs(x);
    return with_sign(log1p_of_sum(y, y * y / (1.0 + sqrt(1.0 + y * y)), 0.0), x);
}

/* log((1 + y)/(1 - y))/2, and that quotient is 1 + 2y + 2y·y/(1 - y). */
static inline double atanh_inside(double x)
{
    double y = fabs(x);
    return with_sign(0.5 * log1p_of_sum(2.0 * y, 2.0 * y * y / (1.0 - y), 0.0), x);
}

/* What the root rounds away comes in again. */
static inline double acosh_inside(double more) /* than 1 */
{
    double sum = more + 2.0, square = more * sum, root = sqrt(square);
    double rest = more * (more - (sum - 2.0)) - square_rest(root, square);
    return log1p_of_sum(more, root, 0.5 * rest / (root + LEAST_NORMAL)); /* of 1 the root is zero, and no divisor */
}

/* The slopes of inverse functions; what 1 + x^2 rounds away comes in again. Of a great x, the square alone is left,
   and of a greater one, which has none, x. */
typedef struct {
    double sum, lost;
} one_and_square;

static inline one_and_square one_plus_square(double x)
{
    double square = x * x, sum = 1.0 + square, back = sum - square;
    return (one_and_square){sum, square_rest(x, square) + ((square - (sum - back)) + (1.0 - back))};
}

/* b/(1 + x^2). */
static inline double atan_slope(double b, double x)
{
    double size = fabs(x);
    one_and_square s = one_plus_square(size > SQUARE_LIMIT ? 1.0 : size);
    double inverse = 1.0 / (size > SQUARE_LIMIT ? size : s.sum), slope = b * inverse;
    return size > SQUARE_LIMIT ? slope * inverse : slope - slope * (inverse * s.lost);
}

static inline double asinh_slope(double x)
{
    double size = fabs(x);
    one_and_square s = one_plus_square(size > SQUARE_LIMIT ? 1.0 : size);
    double inverse = 1.0 / (size > SQUARE_LIMIT ? size : sqrt(s.sum));
    return size > SQUARE_LIMIT ? inverse : inverse - 0.5 * inverse * inverse * inverse * s.lost;
}

/* 1 - x^2; beyond 1/2, 1 - |x| is exact. */
static inline double one_minus_square(double x)
{
    double size = fabs(x), less = 1.0 - size;
    return size < 0.5 ? 1.0 - size * size : 2.0 * less - less * less;
}

static inline double acosh_slope(double x)
{
    double inside = x < 1.0 ? NAN : x;
    return 1.0 / (x > SQUARE_LIMIT ? x : sqrt((inside - 1.0) * (inside + 1.0)));
}

/* The angle of the smaller of |x| and 1/|x| is that of c = 0, 1/2 or 1 and one more, whose tangent is
   t = (over - c·under)/(under + c·over), at most 7/16. */
static inline double atan_inside(double x)
{
    double size = fabs(x), over = size > 1.0 ? 1.0 : size, under = size > 1.0 ? size : 1.0;
    double far = 0.6875 * under, near = 0.4375 * under;
    double c = over > far ? 1.0 : over > near ? 0.5 : 0.0;
    double high = over > far ? QUARTER_PI_0 : over > near ? HALF_ATAN_0 : 0.0;
    double low = over > far ? QUARTER_PI_1 : over > near ? HALF_ATAN_1 : 0.0;
    double t = (over - c * under) / (under + c * over), z = t * t, sign;
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
    sign = size > 1.0 ? -1.0 : 1.0;
    high = (size > 1.0 ? 2.0 * QUARTER_PI_0 : 0.0) + sign * high; /* exact: each part has 40 digits */
    low = (size > 1.0 ? 2.0 * QUARTER_PI_1 : 0.0) + sign * low;
    return with_sign(high + (sign * t + MULADD(sign * t * z, q, low)), x);
}

/* What asin and acos share: asin(s) = s + s·r, where s is |x| up to 1/2 and sqrt((1 - |x|)/2) beyond, which is
   head + rest with twice the digits. */
typedef struct {
    double s, r, head, rest;
} arc;

static inline arc arc_parts(double size)
{
    double z = size <= 0.5 ? size * size : 0.5 * (1.0 - size), root = sqrt(z), s = size <= 0.5 ? size : root;
    double head = upper(root), rest = (z - head * head) / (root + head);
    double q = ASIN12;
    q = MULADD(q, z, ASIN11);
    q = MULADD(q, z, ASIN10);
    q = MULADD(q, z, ASIN9);
    q = MULADD(q, z, ASIN8);
    q = MULADD(q, z, ASIN7);
    q = MULADD(q, z, ASIN6);
    q = MULADD(q, z, ASIN5);
    q = MULADD(q, z, ASIN4);
    q = MULADD(q, z, ASIN3);
    q = MULADD(q, z, ASIN2);
    q = MULADD(q, z, ASIN1);
    q = MULADD(q, z, ASIN0);
    return (arc){s, z * q, head, rest};
}

static inline double asin_inside(double x)
{
    double size = fabs(x);
    arc a = arc_parts(size);
    double small = MULADD(size, a.r, size);
    double great = (QUARTER_PI - 2.0 * a.head) - 2.0 * ((a.rest + a.s * a.r) - QUARTER_PI_REST);
    return with_sign(size <= 0.5 ? small : QUARTER_PI + great, x);
}

static inline double acos_inside(double x)
{
    double size = fabs(x);
    arc a = arc_parts(size);
    double small = 2.0 * QUARTER_PI - (x + (x * a.r - 2.0 * QUARTER_PI_REST));
    double positive = 2.0 * (a.head + (a.rest + a.s * a.r));
    double negative = 2.0 * (2.0 * QUARTER_PI - (a.head + ((a.rest + a.s * a.r) - 2.0 * QUARTER_PI_REST)));
    return size <= 0.5 ? small : x > 0.0 ? positive : negative;
}

#define TURN_LIMIT 1e6
/* The cube root of x, from a near one: 23 digits of that have an exact square, and what comes out is within 0.84 units
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
    c = w + ((((1.0 - w) - half) - 0.5 * square_rest(r, z)) + MULADD(z * z, q, -(r * rest)));
    swap = -(turn & 1);
    chosen = (bits_of(s) & ~swap) | (bits_of(c) & swap);
    *sine = of_bits(chosen ^ (int64_t)((uint64_t)(turn & 2) << 62) ^ (bits_of(x) & SIGN));
    chosen = (bits_of(c) & ~swap) | (bits_of(s) & swap);
    *cosine = of_bits(chosen ^ (int64_t)((uint64_t)((turn + 1) & 2) << 62));
}

#define TANH_LIMIT 350.0
/* With u = exp(-2|x|) they are 1 - 2u/(1 + u), or (1 - u)/(1 + u) for a small x, and 4u/(1 + u)^2. */
static inline void tanh_inside(double x, double *value, double *slope)
{
    double u, less = expm1_and_exp(-2.0 * fabs(x), &u); /* u - 1 */
    double more = 2.0 + less;          /* u + 1 */
    double lost = less - (more - 2.0); /* in that sum */
    double quotient = (u < 0.3 ? 2.0 * u : -less) / more;
    quotient -= quotient * lost * (1.457 - 0.486 * more); /* the bracket is 1/more, nearly */
    *value = with_sign(u < 0.3 ? 1.0 - quotient : quotient, x);
    double square = more * more;
    *slope = 4.0 * u / (square + (square_rest(more, square) + 2.0 * more * lost));
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
