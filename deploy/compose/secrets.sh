#!/usr/bin/env bash
# Makes what compose.yaml reads as secrets, each once: what is there stays. Nobody but you can enter the directory; the files in it can be
# read by all, because a container's user is another one than yours.
set -euo pipefail

directory=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)/secrets}
mkdir -p "$directory"
chmod 700 "$directory"
cd "$directory"

for name in pseudonym_key link_secret clickhouse_owner_password clickhouse_writer_password clickhouse_board_password grafana_password; do
    [[ -e $name ]] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$name"
done
# Entries of `hearken tokens new`; empty, it lets nobody in.
[[ -e tokens ]] || : >tokens
[[ -e responders.env ]] || echo "# RESPONDERS_STORES_URL=https://…  (the names that responders.toml asks for)" >responders.env
chmod 444 -- *
echo "secrets are in $directory; keep a copy of pseudonym_key: with another one every author becomes somebody else"
