"""What is used up: memory, modules, threads."""

import gc
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import dual_autodiff as df
import pytest
from dual_autodiff import Dual

#: Rounds of an expression of about ten operations, so that a million operations are done.
ROUNDS = 100_000


def resident() -> int:
    """This process's resident bytes; 0 where /proc does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


def growth(work: Callable[[], object], rounds: int) -> tuple[int, int]:
    """What stays, in bytes, of Python's memory and of the process's, after *rounds* of work that has been warmed up."""
    for _ in range(rounds // 10):
        work()
    gc.collect()
    before = resident()
    for _ in range(rounds):
        work()
    gc.collect()
    held = resident() - before
    tracemalloc.start()
    try:
        work()
        first = tracemalloc.get_traced_memory()[0]
        for _ in range(rounds // 20):
            work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - first, held
    finally:
        tracemalloc.stop()


def test_a_million_operations_on_scalars_leave_nothing() -> None:
    x, y = Dual(0.7, 1.0), Dual(1.3, 0.5)

    def work() -> object:
        z = df.log(df.sin(x)) + x**2 * df.cos(x) - y / x + abs(-y)
        return df.hypot(z, y) + df.maximum(x, y) + df.atan2(x, 2) + repr(z).count("x")

    traced, held = growth(work, ROUNDS)
    assert traced < 4096
    assert held < 4 << 20


def test_errors_leave_nothing() -> None:
    x = Dual(-1.0, 1.0)

    def work() -> None:
        for source in ("df.log(x)", "x / 0", "x + 'a'", "df.sin('a')", "Dual('a')", "x**0.5", "df.hypot(x, None)"):
            with pytest.raises((ArithmeticError, TypeError, ValueError)):
                eval(source, {"df": df, "Dual": Dual, "x": x})

    traced, held = growth(work, 3000)
    assert traced < 16384
    assert held < 4 << 20


def test_a_million_operations_on_arrays_leave_nothing() -> None:
    """Eager and fused, with views, in-place operators and refusals among them."""
    np = pytest.importorskip("numpy", reason="NumPy is not installed")
    x = np.linspace(0.1, 3.0, 300)
    array = df.DualArray(x, np.ones(300))

    def work() -> object:
        z = df.log(df.sin(array)) + array**2 * df.cos(array) - 2.0 / array
        z[3:9] += 1.0
        value, slope = df.value_and_derivative(lambda t: df.tanh(t) * df.exp(-t), x)
        with pytest.raises(df.NotPointwiseError):
            df.derivative(lambda t: t * t.sum(), x)
        return z.sum() + z[0] + df.hypot(z, 1.0).mean() + float(value[0] + slope[0])

    traced, held = growth(work, 3000)  # of 300 points and about 15 operations each
    assert traced < 65536
    assert held < 16 << 20


def test_scalars_neither_import_nor_need_numpy() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"  # importing it is an error now
        "import dual_autodiff as df\n"
        "x = df.Dual(1.5, 1.0); y = df.log(df.sin(x)) + x**2 * df.cos(x)\n"
        "assert (y.real, y.dual) == (0.15665054756073515, -1.9612372705533612)\n"
        "df.hypot(x, 2); df.maximum(x, 1.0); df.where(True, x, 1.0); df.erf(2); df.build_info(); repr(x)\n"
        "assert df.derivative(lambda t: t * t, 3.0) == 6.0\n"
        "try: df.sin('1')\n"
        "except TypeError as error: assert 'neither' in str(error)\n"
        "else: raise SystemExit('no TypeError')\n"
        "assert not [name for name in sys.modules if name.startswith('numpy.')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (0, "") == (done.returncode, done.stderr)


def test_scalars_in_many_threads() -> None:
    """One freelist, many threads: every result is right."""
    wrong: list[object] = []

    def work(seed: int) -> None:
        x = Dual(1.0 + seed / 100, 1.0)
        expected = repr(x * x + df.sin(x) / 2)
        for _ in range(5000):
            found = repr(x * x + df.sin(x) / 2)
            if found != expected:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
