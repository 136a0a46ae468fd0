"""Misspelt keys and values of a provider that is installed: build, --list, tag and audit ask, and nothing is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from dualvariant.audit import audit_wheel
from dualvariant.builder.finish.label import tag_wheel
from sample_plugins import Site, make_environment, provider
from samples import make_wheel
from tool import Tool
from variantlib.meta import VariantDescription

#: A provider whose host has one of two models; it has flags for both.
SOURCE = provider(
    "return answer('fpga', model=['zynq_7', 'zynq_5'], driver=['2.1'])",
    name="fpga",
    more="""
    def build_flags(self, key, value, compiler):
        return {} if key == 'model' and value.startswith('zynq') else None
    """,
)
QUESTIONED = {
    "fpga :: modell :: zynq_7": "does not know the key 'modell': did you mean 'model'?",
    "fpga :: kind :: zynq_7": "does not know the key 'kind': here it knows model, driver",
    "fpga :: model :: Zynq7": "does not know the value 'Zynq7': did you mean 'zynq_7'?",
}
#: What this host supports; what there are flags for; a number that is another one and no slip.
FINE = ("fpga :: model :: zynq_5", "fpga :: model :: zynq_9", "fpga :: driver :: 2.2")


@pytest.fixture
def fpga(tool: Tool, tmp_path: Path) -> Tool:
    """The tool in an environment that has the provider."""
    site = Site(tmp_path / "site")
    site.install("fpga", SOURCE)
    tool.python = make_environment(tmp_path / "environment", site.path)
    return tool


def test_they_are_questioned_by_every_command(fpga: Tool, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "pkg"\nversion = "1.0"\n')
    wheel = make_wheel(tmp_path / "wheels", "pkg", "1.0", tag="py3-none-any")
    everything = [*QUESTIONED, *FINE]
    axes = [word for text in everything for word in ("--matrix", text[::-1].replace("::", "=", 1)[::-1])]
    listed = [fpga("build", tmp_path, "--list", *axes[at : at + 2]).stderr for at in range(0, len(axes), 2)]
    wheels = [tag_wheel(wheel, VariantDescription.from_strings([text]), tmp_path / "out") for text in everything]
    audited = fpga("audit", *wheels, code=1).stderr  # they are copies of each other
    for text, said in zip(everything, listed, strict=True):
        words = QUESTIONED.get(text)
        for output in (said, audited):
            assert (f"'{text}' is questionable" in output) == (words is not None), (text, output)
            assert words is None or words in output
    tagged = fpga("tag", wheel, "-o", tmp_path / "tagged", "-p", *QUESTIONED).stderr
    assert tagged.count("is questionable") == len(QUESTIONED)


def test_audit_never_calls_what_it_cannot_judge_true(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "pkg", "1.0", tag="py3-none-any")
    made = tag_wheel(wheel, VariantDescription.from_strings(["fpga :: model :: zynq_7"]), tmp_path)
    assert (audit_wheel(made).verdict, audit_wheel(wheel).verdict) == ("not judged", "true")
