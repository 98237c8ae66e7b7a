#!/usr/bin/env bash
# Law 2: work is linear in the octets, however they are cut. Counts instructions with callgrind for
# n, 2n and 4n octets fed a byte at a time, and fails where twice the octets cost more than 2.5
# times the instructions, 2.2 times in IMAP. Counting is steady where timing is not.
set -euo pipefail
cd "$(dirname "$0")"
command -v valgrind >/dev/null || { echo "missing: valgrind"; exit 1; }
cargo build --release --bin linear
linear="${CARGO_TARGET_DIR:-target}/release/linear"
n=${1:-8000}

count() {
  valgrind --tool=callgrind --callgrind-out-file=/dev/null "$linear" "$1" "$2" 2>&1 |
    sed -n 's/^==.*Collected : //p'
}

failed=0
for work in $("$linear"); do
  one=$(count "$work" "$n") two=$(count "$work" $((2 * n))) four=$(count "$work" $((4 * n)))
  ratio=$(awk -v a="$one" -v b="$two" -v c="$four" 'BEGIN { print (b > a) ? (c - b) / (b - a) : 0 }')
  verdict=ok
  case $work in imap_*) most=2.2 ;; *) most=2.5 ;; esac
  awk -v r="$ratio" -v most="$most" 'BEGIN { exit !(r > most) }' && { verdict=FAILED; failed=$((failed + 1)); }
  printf '%-26s %12s %12s %12s  %s  %s\n' "$work" "$one" "$two" "$four" "$ratio" "$verdict"
done
[ "$failed" = 0 ] || { echo "$failed are not linear"; exit 1; }
