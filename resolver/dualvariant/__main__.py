"""``python -m dualvariant`` is the command ``dualvariant``."""

import sys

from dualvariant.cli import main

if __name__ == "__main__":
    sys.exit(main())
