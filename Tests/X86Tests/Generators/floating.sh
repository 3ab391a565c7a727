#!/bin/sh
# Records ../Vectors/floating.bin.gz on an x86-64 host with SSE4.2, AES and PCLMULQDQ.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -O1 -Wall -o "$work/floating" "$here/floating.c"
"$work/floating" "$work/floating.bin"
gzip -9nc "$work/floating.bin" > "$here/../Vectors/floating.bin.gz"
