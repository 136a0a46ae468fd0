"""Run ``dualvariant`` with the arguments given, in this process, and print its highest resident size.

The installer is another process, whose memory does not count. It and we must print nothing: ``--quiet``.
"""

from __future__ import annotations

import json
import sys

from gauge import resident

from dualvariant.cli import main

if __name__ == "__main__":
    code = main(sys.argv[1:])
    json.dump({"code": code, "peak": resident("VmHWM")}, sys.stdout)
