#!/bin/bash
# Debian's zsh and fish, unpacked in DIR, for the tests of the completions; no root rights, nothing is installed.
#   fetch-shells.sh DIR     then: DUALVARIANT_SHELLS=DIR pytest tests/dualvariant/help
# What is already there is left alone; it appears complete or not at all.
set -euo pipefail
[ $# -eq 1 ] || { sed -n 2,4p "$0"; exit 2; }
here=$(dirname "$(realpath "$0")") dir=$(realpath -m "$1")
if [ -x "$dir/bin/zsh" ]; then echo "fetch-shells: $dir is there"; exit; fi
mkdir -p "$(dirname "$dir")"
new=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$new"' EXIT
"$here/debroot.sh" "$new" "$(dpkg --print-architecture)" bookworm zsh fish
chmod 755 "$new"
mv -T "$new" "$dir"
echo "fetch-shells: made $dir"
