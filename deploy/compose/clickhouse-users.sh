#!/bin/bash
# The image runs this once, on an empty volume: one user for the services and one for the boards, each with its role and nothing else.
# `hearken roles --apply` gives the roles their rights. A hash stands in the statement, so no password comes into a log.
set -euo pipefail

hash_of() {
    tr -d '\n' <"/run/secrets/$1" | sha256sum | cut -d' ' -f1
}

clickhouse client --user owner --password "$(cat /run/secrets/clickhouse_owner_password)" --multiquery <<SQL
CREATE ROLE IF NOT EXISTS hearken_writer;
CREATE ROLE IF NOT EXISTS hearken_board;
CREATE USER IF NOT EXISTS writer IDENTIFIED WITH sha256_hash BY '$(hash_of clickhouse_writer_password)';
CREATE USER IF NOT EXISTS board IDENTIFIED WITH sha256_hash BY '$(hash_of clickhouse_board_password)';
GRANT hearken_writer TO writer;
GRANT hearken_board TO board;
SQL
