"""Does with clickhouse-connect what an analyst's notebook does, and prints what came of it as one JSON object."""

import json
import sys
import threading
import time
from datetime import timezone
from decimal import Decimal
from urllib.parse import urlparse

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError

ENDLESS = "SELECT count() FROM numbers(100000000000000) WHERE NOT ignore(sipHash64(number), 'python')"
RUNNING = "SELECT count() FROM system.processes WHERE query LIKE '%\\'python\\')%' AND query NOT LIKE '%LIKE%'"
URL = urlparse(sys.argv[1])


def connect(**options):
    account = {"username": "ana", "password": "it's: a secret", "database": "clients"}
    return clickhouse_connect.get_client(host=URL.hostname, port=URL.port, **{**account, **options})


def plain(value):
    """A value as every client writes it: times in milliseconds, decimals in ten-thousandths, large numbers as text."""
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, Decimal):
        return str(int(value * 10000))
    if isinstance(value, bool) or value is None or isinstance(value, (float, str)):
        return value
    if isinstance(value, int):
        return str(value)
    if hasattr(value, "hour"):
        moment = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return str(round(moment.timestamp() * 1000))
    return str(value)


def refused(act):
    try:
        act()
    except DatabaseError as error:
        return {"code": error.code, "name": error.name}
    return "not refused"


def inserts(rows):
    """Inserts the rows in every packing, each into a table of its own; what came back as the summary's written rows."""
    written = {}
    for packing in ("none", "lz4", "zstd", "gzip"):
        client = connect(compress=packing if packing != "none" else False)
        client.command(f"CREATE TABLE python_{packing} AS kinds")
        summary = client.insert(f"python_{packing}", rows.result_rows, column_names=rows.column_names)
        written[packing] = summary.written_rows
    return written


def session():
    """What a session keeps, between statements of one client and not between clients."""
    one, other = connect(session_id="python"), connect(session_id="another")
    one.command("CREATE TEMPORARY TABLE kept (a UInt8)")
    one.insert("kept", [[1], [2]], column_names=["a"])
    refused(lambda: one.query("SELECT * FROM nowhere"))
    one.command("SET max_block_size = 1234")
    kept = one.query("SELECT sum(a), getSetting('max_block_size') FROM kept", settings={"max_threads": 1}).result_rows
    return {"kept": plain(kept), "other": refused(lambda: other.query("SELECT * FROM kept"))["code"]}


def cancelled(client):
    """An endless statement is gone once its id was named to KILL QUERY."""
    ended = []
    running = threading.Thread(
        target=lambda: ended.append(refused(lambda: connect().query(ENDLESS, settings={"query_id": "python-endless"})))
    )
    running.start()
    while client.query(RUNNING).first_row[0] != 1:
        time.sleep(0.05)
    client.command("KILL QUERY WHERE query_id = 'python-endless'")
    running.join()
    return ended[0]["code"]


def main():
    client = connect(compress=True)
    rows = client.query("SELECT * FROM kinds ORDER BY id")
    empty = client.query("SELECT id, at FROM kinds WHERE id = 0")
    asked = client.query(
        "SELECT {n:UInt64} AS n, {s:String} AS s, {list:Array(String)} AS list, {at:DateTime64(3, 'UTC')} AS at,"
        " {none:Nullable(String)} AS none, {yes:Bool} AS yes",
        parameters={
            "n": 2**64 - 1, "s": "it's\ta \\ tab", "list": ["a'b", "ü"], "at": rows.result_rows[0][2], "none": None,
            "yes": True,
        },
    )
    count, total = 0, 0
    with client.query_row_block_stream("SELECT number FROM numbers(500000)") as stream:
        for block in stream:
            count += len(block)
            total += sum(row[0] for row in block)
    named = client.query("SELECT 1", settings={"query_id": "python-named"})
    done = {
        "ping": client.ping(),
        "columns": list(rows.column_names),
        "rows": [plain(dict(zip(rows.column_names, row))) for row in rows.result_rows],
        "empty": [list(empty.column_names), empty.result_rows],
        "parameters": plain(list(asked.first_row)),
        "refused": [
            refused(lambda: client.query("SELECT * FROM nowhere")),
            refused(lambda: client.query("SELECT nothing FROM kinds")),
            refused(lambda: connect(password="wrong")),
        ],
        "query_id": named.query_id,
        "read_rows": rows.summary["read_rows"],
        "written": inserts(rows),
        "session": session(),
        "stream": [count, total],
        "cancelled": cancelled(client),
    }
    print(json.dumps(done))


main()
