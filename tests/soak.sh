#!/usr/bin/env bash
# Plays the demo's scenarios again and again on one theme of the demo shop and
# counts how often each result came: verdict and findings of each scenario. One
# line a scenario means that nothing wobbled. Takes a theme, a number of runs,
# and a folder in which what deviated is kept (report, artifacts, standard
# error); further arguments go to `pixelproof run`. Of a broken theme only the
# scenarios are played again that it breaks in the first run. Keeps the CPU
# busy beside.
set -euo pipefail
cd "$(dirname "$0")/.."

theme=${1:-good} runs=${2:-200} folder=${3:-$(mktemp -d)}
shift $(($# < 3 ? $# : 3))
program=${PIXELPROOF:-target/debug/pixelproof}
mkdir -p "$folder"
rm -f "$folder"/{results,first,times,shop}
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT

"$program" shop --theme "$theme" --port 0 >"$folder/shop" &
while ! grep -q http "$folder/shop"; do sleep 0.1; done
base=$(grep -oE 'http://[^ /]+' "$folder/shop" | head -n 1)
for _ in $(seq "${BUSY:-$(nproc)}"); do (while :; do :; done) & done

# Prints one line a scenario; a second argument is a file for those that failed.
read -r -d '' results <<'PYTHON' || true
import json, re, sys
run = json.load(open(sys.argv[1]))
for scenario in run["scenarios"]:
    findings = "; ".join(f["code"] + " " + f["message"] for f in scenario["findings"])
    findings = re.sub(r"PP-\d+|localhost:\d+", "…", findings)
    slow = "; ".join("waited for " + what for s in scenario["steps"] for what in s["waited_for"])
    print(scenario["name"], scenario["verdict"], findings, slow if scenario["verdict"] == "passed" else "")
if len(sys.argv) > 2:
    with open(sys.argv[2], "w") as failed:
        for scenario in run["scenarios"]:
            if scenario["verdict"] != "passed":
                print(scenario["file"], file=failed)
PYTHON

played=()
for ((run = 1; run <= runs; run++)); do
    "$program" run "${played[@]}" --base "$base" --jobs 4 --ci --quiet \
        --artifacts "$folder/artifacts" --report "json=$folder/run.json" "$@" \
        >"$folder/out" 2>"$folder/err" || true
    echo "$run $SECONDS" >>"$folder/times"
    if [ "$run" = 1 ]; then
        python3 -c "$results" "$folder/run.json" "$folder/failed" >"$folder/now"
        if [ -s "$folder/failed" ]; then
            mapfile -t played <"$folder/failed"
            grep -v ' passed ' "$folder/now" >"$folder/only" && mv "$folder/only" "$folder/now"
        fi
        cp "$folder/now" "$folder/first"
    else
        python3 -c "$results" "$folder/run.json" >"$folder/now"
    fi
    cat "$folder/now" >>"$folder/results"
    if ! cmp -s "$folder/now" "$folder/first"; then
        mkdir -p "$folder/deviated/$run"
        cp -r "$folder"/{run.json,err,out,artifacts} "$folder/deviated/$run/" 2>/dev/null || true
    fi
    rm -rf "$folder/artifacts"
done
sort "$folder/results" | uniq -c
