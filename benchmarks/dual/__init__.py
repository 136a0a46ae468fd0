"""The figures of ``dual_autodiff``: scalars, arrays, levels, accuracy, and the founding report's comparisons."""
