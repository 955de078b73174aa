#!/usr/bin/env bash
# Runs the fuzz targets with libFuzzer: fuzz/run.sh [TARGET…]; SECONDS_EACH says how long each (600).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${SECONDS_EACH:-600}
folder=fuzz/libfuzzer
if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "cargo-fuzz is not installed: cargo install cargo-fuzz --locked" >&2
    exit 2
fi
# What is fuzzed is what ships: the same versions of everything. cargo adds libFuzzer's own few crates.
cp Cargo.lock "$folder/Cargo.lock"
# Coverage asks for flags that the compiler in use calls unstable; this lets it take them, and it stays the one that ships. No sanitizer: what is
# fuzzed is Rust without a line of unsafe code, at twice the speed.
export RUSTC_BOOTSTRAP=1
fuzz() { cargo fuzz "$1" --fuzz-dir "$folder" --sanitizer none "${@:2}"; }

targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    read -r -a targets <<<"$(cargo run --quiet -p hearken-fuzz -- --targets)"
fi
for target in "${targets[@]}"; do
    own="$folder/corpus/$target"
    mkdir -p "$own"
    mapfile -t seeds < <(cargo run --quiet -p hearken-fuzz -- --seeds "$target")
    echo "== $target, $seconds seconds"
    fuzz run "$target" "$own" "${seeds[@]}" -- \
        -max_total_time="$seconds" -timeout=20 -rss_limit_mb=4096 -max_len=8192 -print_final_stats=1
done
