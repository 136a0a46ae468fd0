#!/bin/bash
# The emulators and the Arm root that the emulated tests use, in DIR; no root rights, host untouched. ~15 s, ~160 MB.
#   fetch-emulators.sh DIR        then: DUALVARIANT_EMULATORS=DIR pytest
# DIR/qemu  usr/bin/qemu-x86_64-static and usr/bin/qemu-aarch64-static
# DIR/arm   an arm64 root: Python 3.11 with its headers and venv (pip inside), the C and C++ run-time libraries
# DIR/musl  another C library, on x86-64
# What is already there is left alone; each part appears complete or not at all.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 2,7p "$0"; exit 2; }
here=$(dirname "$(realpath "$0")") dir=$(realpath -m "$1")
for command in apt-get dpkg; do
  command -v "$command" >/dev/null || {
    echo "fetch-emulators: no $command on this machine (the packages come from a Debian mirror); run it on Debian, or put" >&2
    echo "  qemu-x86_64-static and qemu-aarch64-static into $dir/qemu/usr/bin and an arm64 root with python3.11 into $dir/arm" >&2
    exit 1
  }
done

new=
trap '[ -z "$new" ] || rm -rf "$new"' EXIT
part() { # NAME PROOF ARCH PACKAGE...: DIR/NAME, which is whole when DIR/NAME/PROOF is there
  local name=$1 proof=$2 arch=$3; shift 3
  if [ -e "$dir/$name/$proof" ]; then echo "fetch-emulators: $dir/$name is there"; return; fi
  new=$(mktemp -d "$dir/.$name.XXXXXX"); chmod 755 "$new"
  "$here/debroot.sh" "$new" "$arch" bookworm "$@"
  [ -e "$new/$proof" ] || { echo "fetch-emulators: the packages hold no $proof ($*)" >&2; exit 1; }
  find "$new/usr/bin" -name 'qemu-*' ! -name qemu-x86_64-static ! -name qemu-aarch64-static -delete   # 350 MB of others
  if mv -T "$new" "$dir/$name" 2>/dev/null; then new=; echo "fetch-emulators: made $dir/$name"; return; fi
  rm -rf "$new"; new=   # another run was faster
  [ -e "$dir/$name/$proof" ] || { echo "fetch-emulators: $dir/$name is in the way (not made by this script)" >&2; exit 1; }
}

mkdir -p "$dir"
part qemu usr/bin/qemu-aarch64-static "$(dpkg --print-architecture)" qemu-user-static
part arm usr/bin/python3.11 arm64 python3.11 python3.11-venv libpython3.11-dev libstdc++6
[ "$(dpkg --print-architecture)" != amd64 ] || part musl lib/ld-musl-x86_64.so.1 amd64 bookworm musl
