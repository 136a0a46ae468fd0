"""The second name of a wheel that is built for both dialects: the label wheel of the same compilation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dualvariant.builder.finish.label import convert_variant, find_converted_name
from dualvariant.builder.run.output import remove_wheel
from dualvariant.builder.run.result import BuildResult
from dualvariant.core.errors import DualvariantError
from dualvariant.core.report import Reporter
from variantlib.errors import VariantError

__all__ = ["write_twins"]


def write_twins(results: Sequence[BuildResult], output: Path, reporter: Reporter) -> list[BuildResult]:
    """Write the label wheel of each accepted wheel that is for both dialects; that of a rejected one is removed.

    Args:
        results: the wheels, which have their names.
        output: the output folder.
        reporter: hears of a label wheel that cannot be written.
    """
    return [_write_twin(result, output, reporter) for result in results]


def _write_twin(result: BuildResult, output: Path, reporter: Reporter) -> BuildResult:
    variant = result.job.labelled
    if result.job.dialect != "both" or variant is None or result.name is None or result.file is None:
        return result
    try:
        remove_wheel(output, find_converted_name(result.name, variant))
        if not result.is_accepted:
            return result
        return result._replace(twin=convert_variant(result.file, variant, output))
    except (DualvariantError, VariantError, OSError) as error:
        reporter.warn(f"{result.name}: its label wheel cannot be written ({error})")
        return result._replace(error=str(error))
