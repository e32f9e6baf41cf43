#!/usr/bin/env bash
# Plays the demo's scenarios again and again on one theme of the demo shop and
# counts how often each result came: verdict and findings of each scenario. One
# line a scenario means that nothing wobbled. Takes a theme and a number of
# runs; further arguments go to `pixelproof run`. Keeps the CPU busy beside.
set -euo pipefail
cd "$(dirname "$0")/.."

theme=${1:-good} runs=${2:-200}
shift $(($# < 2 ? $# : 2))
program=${PIXELPROOF:-target/debug/pixelproof}
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT

"$program" shop --theme "$theme" >"$folder/shop" &
while ! grep -q http "$folder/shop"; do sleep 0.1; done
base=$(grep -oE 'http://[^ /]+' "$folder/shop" | head -n 1)
for _ in $(seq "$(nproc)"); do (while :; do :; done) & done

for ((run = 1; run <= runs; run++)); do
    "$program" run --base "$base" --jobs 4 --ci --quiet --artifacts "$folder/artifacts" \
        --report "json=$folder/run.json" "$@" >"$folder/out" || true
    python3 - "$folder/run.json" >>"$folder/results" <<'PYTHON'
import json, re, sys
for scenario in json.load(open(sys.argv[1]))["scenarios"]:
    findings = "; ".join(f["code"] + " " + f["message"] for f in scenario["findings"])
    findings = re.sub(r"PP-\d+|localhost:\d+", "…", findings)
    print(scenario["name"], scenario["verdict"], findings)
PYTHON
done
sort "$folder/results" | uniq -c
