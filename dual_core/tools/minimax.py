"""Print ``coefficients.h``: the polynomials of the array kernels, fitted with 60 digits and then rounded to doubles.

``python tools/minimax.py > src/dual_autodiff/coefficients.h`` needs mpmath. Each polynomial interpolates at the
Chebyshev points of its interval, which is within a factor of two of the best possible; the largest error stands beside.
"""

from collections.abc import Callable

from mpmath import mp, mpf

mp.dps = 60


def fit(name: str, function: Callable[[mpf], mpf], low: mpf, high: mpf, terms: int) -> None:
    coefficients, error = mp.chebyfit(function, [low, high], terms, error=True)
    print(f"/* {name}: error {mp.nstr(error, 2)} on [{mp.nstr(low, 4)}, {mp.nstr(high, 4)}] */")
    for power, coefficient in enumerate(reversed(coefficients)):
        print(f"#define {name}{power} {float(coefficient).hex()}")


def split(name: str, number: mpf, bits: tuple[int, ...]) -> None:
    """Parts with so few digits that a product with an integer of 20 bits is exact; the last has all."""
    for part, count in enumerate((*bits, 53)):
        scale = mpf(2) ** (count - int(mp.floor(mp.log(number, 2))) - 1)
        head = mp.floor(number * scale) / scale if count < 53 else number
        print(f"#define {name}_{part} {float(head).hex()}")
        number -= head


def twofold(name: str, number: mpf) -> None:
    """The nearest double, and the rest."""
    print(f"#define {name} {float(number).hex()}")
    print(f"#define {name}_REST {float(number - mpf(float(number))).hex()}")


def series(term: Callable[[int], mpf]) -> Callable[[mpf], mpf]:
    """The sum of ``term(k)·xᵏ``; 60 terms are plenty on these intervals."""
    coefficients = [term(k) for k in range(60)]
    return lambda x: mp.polyval(coefficients[::-1], x)


half_ln2 = mp.log(2) / 2 * mpf("1.0001")
quarter = (mp.pi / 4 * mpf("1.0001")) ** 2
print("/* Made by tools/minimax.py. */")
fit("EXP", series(lambda k: 1 / mp.factorial(k + 2)), -half_ln2, half_ln2, 10)
fit("SIN", series(lambda k: (-1) ** (k + 1) / mp.factorial(2 * k + 3)), mpf(0), quarter, 7)
fit("COS", series(lambda k: (-1) ** k / mp.factorial(2 * k + 4)), mpf(0), quarter, 6)
root = mp.sqrt(2)
fit("LOG", series(lambda k: mpf(2) / (2 * k + 3)), mpf(0), ((root - 1) / (root + 1)) ** 2, 7)
fit("ATAN", series(lambda k: mpf(-1) ** (k + 1) / (2 * k + 3)), mpf(0), (mpf("0.4375") * mpf("1.0001")) ** 2, 12)
fit(
    "ASIN", series(lambda k: mp.binomial(2 * k + 2, k + 1) / mpf(4) ** (k + 1) / (2 * k + 3)), mpf(0), mpf("0.2501"), 13
)
fit("LOG_TAIL", series(lambda k: mpf(2) / (2 * k + 5)), mpf(0), ((root - 1) / (root + 1)) ** 2, 8)
split("LN2", mp.log(2), (32,))
split("HALF_PI", mp.pi / 2, (33, 33))
split("LOG2E", 1 / mp.log(2), (21,))
split("LOG10E", 1 / mp.log(10), (21,))
split("LOG10_2", mp.log(2) / mp.log(10), (32,))
split("QUARTER_PI", mp.pi / 4, (40,))
split("HALF_ATAN", mp.atan(mpf("0.5")), (40,))
twofold("TWO_THIRDS", mpf(2) / 3)
twofold("THIRD", mpf(1) / 3)
twofold("QUARTER_PI", mp.pi / 4)
twofold("LN2", mp.log(2))
print(f"#define LOG2E {float(1 / mp.log(2)).hex()}")
print(f"#define TWO_BY_PI {float(2 / mp.pi).hex()}")
