#!/usr/bin/env bash
# Counts the instructions that decoding one request of the corpus takes, with
# valgrind's callgrind: the same number for the same program and corpus, however
# busy the machine is. Compares with benches/instructions.txt and fails when a
# request takes more than a tenth more; `--write` records the number instead.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v valgrind >/dev/null || { echo "valgrind is missing; install it with: apt-get install valgrind" >&2; exit 2; }
program=$(cargo bench --locked --bench decode --no-run --message-format=json 2>/dev/null |
    grep -oE '"executable":"[^"]*decode-[^"]*"' | cut -d'"' -f4 | tail -n 1)
[ -x "$program" ] || { echo "the bench was not built" >&2; exit 2; }

count() { # times: instructions of the whole run
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" --count "$1" 2>&1 |
        grep -oE 'Collected : [0-9]+' | grep -oE '[0-9]+'
}
requests=$("$program" --count 10)
# Start and reading of the corpus are in both, and so in neither.
each=$((($(count 11) - $(count 1)) / requests))
echo "$each instructions a request"
if [ "${1:-}" = --write ]; then
    echo "$each" >benches/instructions.txt
    exit
fi
[ -e benches/instructions.txt ] || { echo "no number is on record; --write records this one"; exit; }
known=$(cat benches/instructions.txt)
if ((each * 10 > known * 11)); then
    echo "more than a tenth above the $known on record" >&2
    exit 1
fi
