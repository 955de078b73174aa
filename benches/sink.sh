#!/usr/bin/env bash
# What exactness costs: the sink alone, from a topic that is full before it starts, with intents and the backstop and without
# both, in turns. Each run has a ClickHouse and a consumer group of its own. Prints rows a second of every run, the medians and
# their ratio.
#   cargo build --release --features hearken-sink/failpoints -p hearken-cli -p hearken-ingest -p hearken-enrich -p hearken-sink -p hearken-embedded
#   benches/sink.sh [RECORDS] [ROUNDS]       default: 300000 5
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

records=${1:-300000}
rounds=${2:-5}
bin=${CARGO_TARGET_DIR:-target}/release
data=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$data"' EXIT

start() { # NAME LOG COMMAND...: starts a program and prints the address it says it listens on
    local log=$1
    shift
    "$@" >"$log" 2>&1 &
    echo $! >"$log.pid"
    for _ in $(seq 600); do
        local address
        address=$(sed -n 's/^listening //p' "$log" | head -1)
        if [ -n "$address" ]; then
            echo "${address#http://}"
            return
        fi
        sleep 0.1
    done
    cat "$log" >&2
    return 1
}
stop() {
    kill "$(cat "$1.pid")" 2>/dev/null || true
    while kill -0 "$(cat "$1.pid")" 2>/dev/null; do sleep 0.05; done
}
sql() { curl -sS "http://$clickhouse/" --data-binary "$1"; }
count() { sql 'SELECT count() FROM hearken.feedback'; }

HEARKEN_KAFKA__BROKERS=$(start "$data/kafka.log" "$bin/hearken-kafka" --listen 127.0.0.1:0 --data "$data/kafka")
export HEARKEN_KAFKA__BROKERS
"$bin/hearken" topics create >/dev/null

# The topic is filled by the services before it, as it would be.
python3 - "$records" >"$data/reviews.jsonl" <<'PYTHON'
import gzip, json, os, sys
path = "../shared/data/replay/mix_20k.jsonl.gz"
texts = [json.loads(line)["text"] for line in gzip.open(path)] if os.path.exists(path) else open("tests/src/texts.txt").read().splitlines()
for n in range(int(sys.argv[1])):
    print(json.dumps({"source": "bench", "source_id": str(n), "text": texts[n % len(texts)], "rating": {"value": 1 + n % 5, "scale_max": 5},
                      "occurred_at": 1767225600000 + n * 20}, ensure_ascii=False))
PYTHON
start "$data/ingest.log" "$bin/hearken-ingest" --config deploy/local/ingest.toml >/dev/null
start "$data/enrich.log" "$bin/hearken-enrich" --config deploy/local/enrich.toml >/dev/null
"$bin/hearken" replay "$data/reviews.jsonl" --as reviews >/dev/null
expected=$records
# The one who counts is the sink itself, in a run that is not timed.
run() { # FAILPOINTS NAME: prints rows a second
    local dir=$data/run
    rm -rf "$dir"
    mkdir "$dir"
    clickhouse=$(start "$dir/clickhouse.log" "$bin/hearken-clickhouse" --listen 127.0.0.1:0 --data "$dir/clickhouse")
    export HEARKEN_CLICKHOUSE__URL=http://$clickhouse
    "$bin/hearken" migrate >/dev/null
    FAILPOINTS=$1 HEARKEN_KAFKA__GROUP=bench-$2 start "$dir/sink.log" "$bin/hearken-sink" --config deploy/local/sink.toml >/dev/null
    local first=0 since now=0
    while [ "$now" -lt "$expected" ]; do
        kill -0 "$(cat "$dir/sink.log.pid")" || { tail -3 "$dir/sink.log" >&2; return 1; }
        now=$(count)
        if [ "$first" -eq 0 ] && [ "$now" -gt 0 ]; then
            first=$now
            since=$(date +%s%N)
        fi
        sleep 0.05
    done
    echo $(((now - first) * 1000000000 / ($(date +%s%N) - since)))
    stop "$dir/sink.log"
    stop "$dir/clickhouse.log"
}
median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

echo "filling the topic: $(run "" warm) rows/s while ingest and enrich ran (not counted)"
stop "$data/ingest.log"
stop "$data/enrich.log"
for round in $(seq "$rounds"); do
    with=$(run "" "with-$round")
    without=$(run "sink.no_intent=return;sink.no_backstop=return" "without-$round")
    echo "round $round: with $with rows/s, without $without rows/s"
    echo "$with" >>"$data/with"
    echo "$without" >>"$data/without"
done
with=$(median <"$data/with")
without=$(median <"$data/without")
echo "medians of $rounds over $records rows: with $with rows/s, without $without rows/s: $((with * 100 / without)) %"
