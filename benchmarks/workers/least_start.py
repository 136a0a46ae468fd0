"""The least that a program in Python like ours does before uv starts: it imports attrs, packaging and platformdirs.

They, and the modules of the standard library below, are a part of what an install with uv imports. It reads no
arguments, settings or pages, and serves nothing: ``python least_start.py COMMAND…``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import attrs
import packaging.requirements
import packaging.tags
import packaging.utils
import platformdirs

#: What is imported for nothing but the time that it takes.
IMPORTED = (argparse, hashlib, json, pathlib, socketserver, tempfile, threading, urllib, attrs, packaging, platformdirs)

sys.exit(subprocess.run(sys.argv[1:], check=False).returncode)
