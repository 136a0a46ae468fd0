"""What pyproject.toml cannot say: three source roots make one distribution.

``variantlib`` (the vocabulary), ``dualvariant_providers`` (the built-in providers) and ``dualvariant`` (the
application) live in folders of their own, so that their direction of imports can be seen in the tree. The names are
spelled out because the sample plugins under ``plugins/`` are distributions of their own and stay out of this wheel.
"""

from setuptools import find_packages, setup

ROOTS = {"variantlib": "variantlib", "dualvariant_providers": "plugins", "dualvariant": "resolver"}

setup(
    packages=[package for name, root in ROOTS.items() for package in find_packages(root, include=[name, f"{name}.*"])],
    package_dir={name: f"{root}/{name}" for name, root in ROOTS.items()},
)
