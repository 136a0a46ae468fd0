/* Array kernels: one plain C source, compiled for each CPU level by the compiler's own vectoriser.

   Each kernel works on planes of n <= BLOCK doubles. The loops have no branches; lanes outside the interval where the
   polynomial holds are computed at a harmless point and then done again with the C library, so that infinities, nans,
   zeros and subnormals are the C library's. */

#include "kernels.h"

#include <fenv.h>
#include <stddef.h>

#if defined(__AVX512F__) && defined(__GNUC__) && !defined(__clang__)
/* gcc halves the registers of this level unless told otherwise. */
#pragma GCC target("prefer-vector-width=512")
#endif

#include "elementary.h"

#define EACH for (long i = 0; i < n; i++)
#define RESTRICT __restrict__
/* A kernel writes d, and e if it has a second result; it reads a, b, c, g, as many as it takes. */
#define ARGUMENTS long n, double *RESTRICT d, double *RESTRICT e, const double *const *from
#define PLANES                                                                                                         \
    const double *a = from[0], *b = from[1], *c = from[2], *g = from[3];                                               \
    (void)e, (void)a, (void)b, (void)c, (void)g

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
ARITHMETIC(div_positive, a[i] / (b[i] < 0.0 ? NAN : b[i]))
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

/* The whole of a polynomial of x: its highest coefficient, and then one for each step. All stay in registers. */
static inline __attribute__((always_inline)) void polynomial_steps(int steps, ARGUMENTS)
{
    const double *RESTRICT x = from[0];
    double coefficient[SOURCES];
    for (int j = 0; j <= steps; j++)
        coefficient[j] = from[1 + j][0];
    EACH
    {
        double value = x[i] * coefficient[0] + coefficient[1], slope = coefficient[0];
        for (int j = 2; j <= steps; j++) {
            slope = x[i] * slope + value;
            value = x[i] * value + coefficient[j];
        }
        d[i] = value;
        e[i] = slope;
    }
}

#define HORNER(steps)                                                                                                  \
    static void do_horner##steps(ARGUMENTS) { horner_steps(steps, n, d, e, from); }
#define POLYNOMIAL(steps)                                                                                              \
    static void do_polynomial##steps(ARGUMENTS) { polynomial_steps(steps, n, d, e, from); }

HORNER(1)
HORNER(2)
HORNER(3)
HORNER(4)
HORNER(5)
POLYNOMIAL(2)
POLYNOMIAL(3)
POLYNOMIAL(4)
POLYNOMIAL(5)
POLYNOMIAL(6)

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

KERNEL(exp, EXP_LIMIT, d[i] = exp_inside(x), d[i] = exp(a[i]))
KERNEL(exp2, EXP2_LIMIT, d[i] = exp2_inside(x), d[i] = exp2(a[i]))
KERNEL(expm1, EXP_LIMIT, d[i] = expm1_inside(x), d[i] = expm1(a[i]))
KERNEL(sinhcosh, EXP_LIMIT, sinhcosh_inside(x, d + i, e + i), d[i] = sinh(a[i]); e[i] = cosh(a[i]))
/* tanh and its derivative. */
KERNEL(tanh, TANH_LIMIT, tanh_inside(x, d + i, e + i), d[i] = tanh(a[i]); e[i] = 1.0 / cosh(a[i]) / cosh(a[i]))
KERNEL(sincos, TURN_LIMIT, sincos_inside(x, d + i, e + i), d[i] = sin(a[i]); e[i] = cos(a[i]))
KERNEL(atan, GREATEST, d[i] = atan_inside(x), d[i] = atan(a[i]))
KERNEL(asin, BELOW_ONE, d[i] = asin_inside(x), d[i] = asin(a[i]))
KERNEL(acos, BELOW_ONE, d[i] = acos_inside(x), d[i] = acos(a[i]))
KERNEL(asinh, SQUARE_LIMIT, d[i] = asinh_inside(x), d[i] = asinh(a[i]))
KERNEL(atanh, BELOW_ONE, d[i] = atanh_inside(x), d[i] = atanh(a[i]))

/* A kernel of one positive variable; u is the bits of what its formula takes, or of 1 where that is not between. */
#define POSITIVE_KERNEL(name, taken, low, high, formula)                                                               \
    static void do_##name(ARGUMENTS)                                                                                   \
    {                                                                                                                  \
        int64_t strange = 0;                                                                                           \
        PLANES;                                                                                                        \
        EACH                                                                                                           \
        {                                                                                                              \
            int64_t u = bits_of(taken), beyond = NOT_BETWEEN(u, low, high), inside = INSIDE(beyond);                   \
            u = (u & inside) | (ONE & ~inside);                                                                        \
            d[i] = formula;                                                                                            \
            strange |= beyond;                                                                                         \
        }                                                                                                              \
        REDO(strange, (taken) >= low && (taken) <= high, d[i] = name(a[i]);)                                           \
    }

POSITIVE_KERNEL(log, a[i], LEAST_NORMAL, GREATEST, log_inside(u))
POSITIVE_KERNEL(log2, a[i], LEAST_NORMAL, GREATEST, log2_inside(u))
POSITIVE_KERNEL(log10, a[i], LEAST_NORMAL, GREATEST, log10_inside(u))
POSITIVE_KERNEL(log1p, 1.0 + a[i], LEAST_NORMAL, GREATEST, log1p_inside(of_bits(bits_of(a[i]) & inside), 0.0))
POSITIVE_KERNEL(acosh, a[i], 1.0, SQUARE_LIMIT, acosh_inside(of_bits(u) - 1.0))

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

/* What two legs are multiplied by so that their hypotenuse h is finite and has all its digits. */
static inline double scale_of_legs(double h) { return isinf(h) ? 0.25 : h < SCALE_BELOW ? SCALE_UP : 1.0; }

static inline double leg(double x, double other, double h)
{
    double scale;
    if (isinf(x))
        return isinf(other) ? NAN : copysign(1.0, x);
    scale = scale_of_legs(h);
    return scale == 1.0 ? x / h : x * scale / hypot(x * scale, other * scale);
}

/* x/(x² + y²)·d - y/(x² + y²)·b, or one of the two terms alone, without squares that are no doubles. */
enum terms { BOTH, FIRST, SECOND };

static inline double turned(enum terms which, double x, double d, double y, double b)
{
    return which == FIRST ? x * d : which == SECOND ? -y * b : x * d - y * b;
}

static inline double turn(enum terms which, double y, double x, double d, double b)
{
    double flat, scale, h;
    if (isinf(x) || isinf(y)) {
        flat = x != x || y != y ? NAN : 0.0;
        return turned(which, copysign(flat, x), d, copysign(flat, y), b);
    }
    h = hypot(x, y);
    if (h >= 1.0 / SQUARE_LIMIT && h <= SQUARE_LIMIT)
        return turned(which, x, d, y, b) / (x * x + y * y);
    scale = scale_of_legs(h);
    x *= scale;
    y *= scale;
    h = hypot(x, y);
    return turned(which, x / h, d, y / h, b) / h * scale;
}

/* c·x^(c - 1) where x^c is out of range; where x^(c - 1) is too, by its square root. */
static inline double pow_by_base_at_the_ends(double x, double c)
{
    double exponent = c - 1.0, slope = pow(x, exponent), root, lost;
    if (x == 0.0 || !isfinite(x) || slope != slope)
        return c * slope;
    lost = fabs(c) > 1.0 ? (c - exponent) - 1.0 : c - (exponent + 1.0);
    lost = lost == 0.0 ? 0.0 : lost * log(fabs(x)); /* what that changes; if it is not little, the power is 0 or infinite */
    if (fabs(lost) < 0.01 && fabs(c) < 1e300)
        c += c * lost;
    if (fabs(slope) >= SLOPE_LEAST && fabs(slope) <= GREATEST)
        return c * slope;
    root = pow(fabs(x), 0.5 * exponent);
    return c * root * copysign(root, slope);
}

/* The derivative of a power in its base, c·x^c/x. */
static inline double pow_by_base(double x, double c, double power)
{
    double slope = power / x;
    if (c == 2.0)
        return 2.0 * x;
    if (c == 3.0)
        return 3.0 * (x * x);
    if (c == 0.0)
        return 0.0;
    if (fabs(power) >= POWER_LEAST && fabs(power) <= GREATEST && fabs(slope) >= SLOPE_LEAST && fabs(slope) <= GREATEST)
        return c * slope;
    return pow_by_base_at_the_ends(x, c);
}

/* The derivative of a power in its exponent, x^c·log(x). */
static inline double pow_by_exponent(double x, double c, double power)
{
    double root;
    if (x < 0.0)
        return NAN;
    if ((power >= POWER_LEAST && power <= GREATEST) || x == 0.0 || !isfinite(x))
        return power == 0.0 ? 0.0 : power * log(x);
    root = pow(x, 0.5 * c);
    return root * log(x) * root;
}

/* The derivative of the cube root; 1/(3·root²) loses more, and says what it is at zero and at infinity. */
static inline double cbrt_slope(double x, double root)
{
    return root != 0.0 && isfinite(root) ? root / x / 3.0 : 1.0 / (root * root);
}

ARITHMETIC(erf, erf(a[i]))
ARITHMETIC(erfc, erfc(a[i]))
ARITHMETIC(atan2, atan2(a[i], b[i]))
ARITHMETIC(square_exp, square_exp(a[i]))
ARITHMETIC(leg, leg(a[i], b[i], c[i]))
ARITHMETIC(turn_both, turn(BOTH, a[i], b[i], c[i], g[i]))
ARITHMETIC(turn_first, turn(FIRST, a[i], b[i], c[i], 0.0))
ARITHMETIC(turn_second, turn(SECOND, a[i], b[i], 0.0, c[i]))
ARITHMETIC(atan_rule, atan_slope(a[i], b[i]))
ARITHMETIC(asin_slope, 1.0 / sqrt(one_minus_square(a[i])))
ARITHMETIC(atanh_slope, one_minus_square(a[i]) < 0.0 ? NAN : 1.0 / one_minus_square(a[i]))
ARITHMETIC(asinh_slope, asinh_slope(a[i]))
ARITHMETIC(acosh_slope, acosh_slope(a[i]))
ARITHMETIC(cbrt_slope, cbrt_slope(a[i], b[i]))
ARITHMETIC(pow_by_exponent, pow_by_exponent(a[i], b[i], c[i]))

#ifdef FUSED
/* Powers: a kernel of two variables. */
#define POWER_KERNEL(name, base, exponent, rest, formula, again)                                                       \
    static void do_##name(ARGUMENTS)                                                                                   \
    {                                                                                                                  \
        int64_t strange = 0, beyond[BLOCK];                                                                            \
        PLANES;                                                                                                        \
        EACH                                                                                                           \
        {                                                                                                              \
            double power = pow_inside(base, exponent, rest, beyond + i);                                               \
            d[i] = formula;                                                                                            \
            strange |= beyond[i];                                                                                      \
        }                                                                                                              \
        REDO(strange, beyond[i] >= 0, d[i] = again;)                                                                   \
    }

POWER_KERNEL(pow, a[i], b[i], 0.0, power, pow(a[i], b[i]))
POWER_KERNEL(cbrt, fabs(a[i]), THIRD, THIRD_REST, cbrt_from(a[i], with_sign(power, a[i])), cbrt_of(a[i]))
#else
ARITHMETIC(cbrt, cbrt_of(a[i]))
ARITHMETIC(pow, pow(a[i], b[i]))
#endif

static void do_pow_by_base(ARGUMENTS)
{
    int64_t strange = 0;
    PLANES;
    EACH
    {
        int64_t size = bits_of(c[i]) & INT64_MAX, beyond = NOT_BETWEEN(size, POWER_LEAST, GREATEST);
        double x = of_bits((bits_of(a[i]) & INSIDE(beyond)) | (ONE & ~INSIDE(beyond)));
        double slope = c[i] / x;
        size = bits_of(slope) & INT64_MAX;
        beyond |= NOT_BETWEEN(size, SLOPE_LEAST, GREATEST);
        slope = b[i] * slope;
        slope = b[i] == 2.0 ? 2.0 * a[i] : slope;
        slope = b[i] == 3.0 ? 3.0 * (a[i] * a[i]) : slope;
        d[i] = b[i] == 0.0 ? 0.0 : slope;
        strange |= beyond;
    }
    if (strange < 0)
        EACH d[i] = pow_by_base(a[i], b[i], c[i]);
}

#define OPERATIONS(X)                                                                                                  \
    X(copy) X(add) X(sub) X(mul) X(div) X(div_positive) X(neg) X(abs) X(sign) X(sqrt) X(mul_add) X(mul_sub)            \
    X(mul_plus) X(add_add) X(mul_mul) X(horner1) X(horner2) X(horner3) X(horner4) X(horner5) X(polynomial2)            \
    X(polynomial3) X(polynomial4) X(polynomial5) X(polynomial6) X(sub_mul_div) X(neg_mul_div) X(less) X(less_equal)    \
    X(equal) X(not_equal) X(both) X(either) X(negate) X(select) X(first_max) X(first_min) X(exp) X(log) X(sincos)      \
    X(tanh) X(asin) X(acos) X(atan) X(sinhcosh) X(asinh) X(acosh) X(atanh) X(exp2) X(expm1) X(log2) X(log10)           \
    X(log1p) X(cbrt) X(erf) X(erfc) X(hypot) X(atan2) X(pow) X(square_exp) X(leg) X(turn_both) X(turn_first)           \
    X(turn_second) X(atan_rule) X(asin_slope) X(atanh_slope) X(asinh_slope) X(acosh_slope) X(cbrt_slope)               \
    X(pow_by_base) X(pow_by_exponent)

typedef void (*kernel)(ARGUMENTS);
#define POINTER(name) do_##name,
#define NAME(name) #name,
static const kernel kernels[] = {OPERATIONS(POINTER)};
static const char *const names[] = {OPERATIONS(NAME) NULL};

#define ASKED 8

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
        /* To ask takes time: it is done for a few blocks at once, and all of them are then flagged. */
        if (last - begin > BLOCK && (begin / BLOCK + 1) % ASKED != 0)
            continue;
        int met = fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW | FE_UNDERFLOW);
        if (met) {
            long block = begin / BLOCK / ASKED * ASKED;
            for (block = block < first / BLOCK ? first / BLOCK : block; block <= begin / BLOCK; block++)
                flagged[block] = (met & ~FE_UNDERFLOW ? STRANGE : 0) | (met & FE_UNDERFLOW ? UNDERFLOW : 0);
            feclearexcept(FE_ALL_EXCEPT);
        }
    }
}
