#!/bin/sh
# Records ../Vectors/floating.bin.gz with QEMU's user-mode emulator and a cross compiler for ARM.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-arm-linux-gnueabi-gcc} -O1 -Wall -marm -march=armv5te -mfpu=vfp -mfloat-abi=softfp -static \
  -o "$work/floating" "$here/floating.c"
${QEMU:-qemu-arm} -cpu arm926 "$work/floating" "$work/floating.bin"
gzip -9nc "$work/floating.bin" > "$here/../Vectors/floating.bin.gz"
