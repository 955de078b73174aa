#!/usr/bin/env python3
"""From a record to a responder's telephone: how long it takes while customers talk at full rate on this machine.

  benches/alerts.py [SECONDS] [RATE]      default: 60 500

Runs `hearken demo --no-history` with one owner whose channel leads to a receiver in this program, which takes down when each webhook arrives. Then
the tables say when the record that decided reached Kafka. Prints the distribution of the difference, in milliseconds, and what the
service itself says of its part.
"""

import http.server
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = ROOT / "target" / "release"

RESPONDERS = """
default_owner = "desk"
[[channels]]
name = "receiver"
kind = "generic"
url = "http://127.0.0.1:{port}/"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
per_minute = 60000
burst = 1000
[[owners]]
id = "desk"
name = "Desk"
department = "service"
channels = ["receiver"]
"""

TOLD = """SELECT toString(message_id) AS id, toUnixTimestamp64Milli(received_at) AS received, toUnixTimestamp64Milli(seen_at) AS seen,
  toUnixTimestamp64Milli(alert_at) AS alert
FROM hearken.messages AS m INNER JOIN hearken.alerts AS a ON a.alert_id = assumeNotNull(m.alert_id) WHERE m.kind = 'alert' FORMAT JSONEachRow"""


class Receiver(http.server.BaseHTTPRequestHandler):
    """Takes every call and notes when it came."""

    protocol_version = "HTTP/1.1"
    arrived: dict[str, int] = {}

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.arrived.setdefault(self.headers.get("webhook-id", ""), int(time.time() * 1000))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def ask(url, sql):
    with urllib.request.urlopen(url, data=sql.encode(), timeout=120) as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def tables(data):
    """The rows of the run: ClickHouse alone, on the run's directory."""
    command = [PROGRAMS / "hearken-clickhouse", "--data", data / "clickhouse", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as engine:
        try:
            url = next(line.split()[1] for line in engine.stdout if line.startswith("listening "))
            return ask(url, TOLD), ask(url, "SELECT count() AS alerts, countIf(paged) AS paged FROM hearken.alerts FORMAT JSONEachRow")[0]
        finally:
            engine.terminate()


def spread(name, values):
    values = sorted(values)
    at = lambda share: values[min(len(values) - 1, int(share * len(values)))]
    print(f"{name}: p50 {at(.5)} ms, p95 {at(.95)} ms, p99 {at(.99)} ms, most {values[-1]} ms (n = {len(values)})")


def main():
    seconds, rate = (int(word) for word in (sys.argv[1:] + ["60", "500"][len(sys.argv) - 1 :]))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as directory:
        data = pathlib.Path(directory)
        (data / "responders.toml").write_text(RESPONDERS.format(port=server.server_port))
        free = ["--kafka-listen", "127.0.0.1:0", "--clickhouse-listen", "127.0.0.1:0", "--alert-listen", "127.0.0.1:0"]
        command = [PROGRAMS / "hearken", "demo", "--data", data, *free, "--no-history", "--for", f"{seconds}s", "--rate", str(rate), "--json"]
        demo = subprocess.run(command, capture_output=True, text=True)
        if demo.returncode != 0:
            sys.exit(demo.stderr)
        print(demo.stdout.splitlines()[-1])
        rows, count = tables(data)
    told = [(Receiver.arrived[row["id"]], row) for row in rows if row["id"] in Receiver.arrived]
    print(f"{count['alerts']} alerts, {count['paged']} told at once, {len(rows)} messages, {len(told)} arrived")
    spread("record in Kafka to webhook received", [at - int(row["received"]) for at, row in told])
    spread("  of it: record in Kafka to row    ", [int(row["seen"]) - int(row["received"]) for _, row in told])
    spread("         row to alert              ", [int(row["alert"]) - int(row["seen"]) for _, row in told])
    spread("         alert to webhook          ", [at - int(row["alert"]) for at, row in told])


if __name__ == "__main__":
    main()
