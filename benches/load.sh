#!/usr/bin/env bash
# The whole path under load: Kafka, ClickHouse, the three services and the feed on this machine. Prints, for each rate, what
# `hearken demo` counted from the topics and tables, and the most memory each program held.
#   benches/load.sh [SECONDS] [RATE...]      default: 60 500 5000
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-60}
shift || true
rates=("$@")
[ ${#rates[@]} -gt 0 ] || rates=(500 5000)
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT

peak() { # the high-water mark of resident memory of the programs started below this shell's demo
    local pid name
    for pid in $(pgrep -f "$data" || true); do
        name=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
        awk -v name="$name" '/^VmHWM/ { printf "%s %d\n", name, $2 / 1024 }' "/proc/$pid/status" 2>/dev/null || true
    done
}

for rate in "${rates[@]}"; do
    rm -rf "${data:?}"/*
    target/release/hearken demo --data "$data" --kafka-listen 127.0.0.1:0 --clickhouse-listen 127.0.0.1:0 --alert-listen 127.0.0.1:0 \
        --no-history --for "${seconds}s" --rate "$rate" --json >"$data/out" 2>"$data/err" &
    demo=$!
    : >"$data/peaks"
    while kill -0 "$demo" 2>/dev/null; do
        peak >>"$data/peaks"
        sleep 1
    done
    wait "$demo" || { cat "$data/err" >&2; exit 1; }
    echo "rate $rate for $seconds s: $(tail -1 "$data/out")"
    echo "  peak MB: $(awk '$2 > max[$1] { max[$1] = $2 } END { for (name in max) printf "%s %d  ", name, max[name] }' "$data/peaks")"
done
