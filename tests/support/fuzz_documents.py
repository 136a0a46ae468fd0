"""Sound names, documents and settings of every kind; the fuzzer damages them."""

from __future__ import annotations

from typing import Any

from packaging.utils import canonicalize_name

from variantlib.dialects import hashes
from variantlib.meta import VariantDescription
from variantlib.wheel_name import parse_wheel_name

__all__ = [
    "ANSWER",
    "DECLARATION",
    "HTML",
    "JSON",
    "LABELS",
    "LEVEL",
    "METADATA",
    "NAMES",
    "PIP_CONFIG",
    "PROFILE",
    "PROJECT",
    "REQUIREMENTS",
    "SETTINGS",
    "VARIANTS",
    "VARIANT_LINES",
    "WHEELS",
]

LEVEL = VariantDescription.from_strings(["x86_64 :: level :: v3"])
PROJECT = canonicalize_name("demo")
NAMES = [
    "demo-1.0-py3-none-any.whl",
    "demo-1.0~a496bd9c-py3-none-any.whl",
    "demo-1.0-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "demo-1.0-1~a496bd9c-cp311-abi3-linux_x86_64.whl",
    "demo-1.0-py3-none-any-x8664_v3.whl",
    "a.b_c-1!2.0rc1.post2.dev3+loc.1-py2.py3-none-any.whl",
    "demo-1.0.tar.gz",
    "demo-1.0.zip",
]
WHEELS = [parse_wheel_name(name) for name in NAMES if name.endswith(".whl")]
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.8\n"
VARIANT_LINES = "Variant-hash: a496bd9c\nVariant: x86_64 :: level :: v3\n"
HTML = (
    '<!DOCTYPE html><html><head><meta name="pypi:repository-version" content="1.1"><base href="/x/"></head><body>'
    '<a href="../../files/demo-1.0-py3-none-any.whl#sha256=aa" data-requires-python="&gt;=3.8,&lt;4" '
    'data-core-metadata="sha256=bb" data-yanked="r">demo-1.0-py3-none-any.whl</a><br>'
    '<a href="https://u:p@h:80/demo-1.0~a496bd9c-py3-none-any.whl">d</a><a href="demo-1.0.tar.gz">x</a></body></html>'
)
JSON: dict[str, Any] = {
    "meta": {"api-version": "1.1", "tracks": ["http://a/"]},
    "name": "demo",
    "versions": ["1.0"],
    "files": [
        {
            "filename": "demo-1.0-py3-none-any.whl",
            "url": "../../files/demo-1.0-py3-none-any.whl",
            "hashes": {"sha256": "aa"},
            "requires-python": ">=3.8",
            "yanked": False,
            "size": 3,
            "core-metadata": {"sha256": "bb"},
        },
        {
            "filename": "demo-1.0~a496bd9c-py3-none-any.whl",
            "url": "https://u:p@h/x/demo-1.0~a496bd9c-py3-none-any.whl",
            "hashes": {},
            "yanked": "why",
            "upload-time": "2020-01-01T00:00:00Z",
        },
    ],
}
LABELS = {
    "$schema": "https://variants-schema.wheelnext.dev/peps/850/v0.2.0.json",
    "default-priorities": {"namespace": ["x86_64", "blas", "abi"]},
    "providers": {
        "x86_64": {"requires": ["x86-64-variant-provider >=0.2,<1"], "plugin-api": "a:b", "optional": False},
        "blas": {"static-properties": {"lib": ["openblas", "mkl"], "x": ["1"]}, "feature-order": ["x", "lib"]},
        "abi": {"builtin": "abi_dependency"},
    },
    "variants": {"v3": {"x86_64": {"level": ["v3", "v2"]}, "blas": {"lib": ["mkl"]}}, "null": {}},
}
VARIANTS = {
    "schema": hashes.SCHEMA,
    "variants": {
        "a496bd9c": ["x86_64 :: level :: v3"],
        "36266d4d": [
            "fictional_hw :: architecture :: HAL9000",
            "fictional_hw :: compute_accuracy :: 0",
            "fictional_hw :: compute_capability :: 6",
            "fictional_hw :: humor :: 2",
        ],
    },
}
PROFILE = {
    "schema": "dualvariant/profile/1",
    "digest": "x",
    "providers": [
        {
            "provider": "x86_64",
            "configs": [{"key": "level", "values": ["v3", "v2", "v1"]}, {"key": "avx2", "values": ["on"]}],
        },
        {"provider": "gpu", "configs": [{"key": "arch", "values": ["sm90"]}]},
    ],
}
SETTINGS = [
    '[variantlib]\nprovider_priority = ["x86_64", "gpu"]\n',
    '[tool.variantlib]\nprovider_priority=["a"]\n[tool.x]\ny={a=1,b=[1,2.0,1979-05-27T07:32:00Z]}\n',
    'x = 1\n[variantlib]\nprovider_priority = [\n"a", # c\n]\nz = """m"""\n',
]
DECLARATION: dict[str, Any] = {
    "build-system": {"requires": ["setuptools"], "build-backend": "setuptools.build_meta"},
    "tool": {
        "variantlib": {
            "build": {
                "cflags": ["-O3"],
                "backend": "setuptools.build_meta",
                "backend-path": ["."],
                "linux_x86_64": {
                    "variants": ["x86_64 :: level :: v3", ["x86_64 :: level :: v2", "a :: b :: c"]],
                    "matrix": ["x86_64 :: level = v3,v4"],
                    "exclude": ["x86_64 :: level :: v4"],
                },
                "configurations": {"fast": {"properties": ["x86_64 :: level :: v3"], "cflags": ["-O2"]}},
                "overrides": [
                    {"select": ["x86_64 :: level :: v3"], "ldflags": ["-s"], "test-command": "python -c 1"},
                ],
            }
        }
    },
}
REQUIREMENTS = (
    'demo>=1.0,<2 ; python_version >= "3" and (sys_platform == "linux" or extra == "x") --hash=sha256:'
    + "a" * 64
    + "\n"
    "-r other.txt\n# c\n--index-url https://u:p@h/simple\n--find-links ./x\n-e ./y\n"
    "demo[a,b] @ https://h/demo-1.0-py3-none-any.whl#egg=demo\n./demo-1.0~a496bd9c-py3-none-any.whl\n"
    "long \\\n  ==1\n${VAR}\n--no-binary :all:\n--pre\n"
)
PIP_CONFIG = (
    "[global]\nindex-url = https://u:p@h/simple\nextra-index-url =\n  http://a\n  http://b\ntimeout = 10\n"
    "trusted-host = h\nno_binary = :all:\n[install]\nretries=3\nno-index = yes\nproxy = http://p:1\n"
    '[variantlib]\nprovider_priority = ["x86_64"]\n'
)
ANSWER = {
    "name": "x86_64",
    "version": "1",
    "depends_on": {"env:A": "x", "/tmp": [1, 2, 3]},
    "config": {"provider": "x86_64", "configs": [{"key": "level", "values": ["v3"]}]},
}
