//! `hearken-clickhouse` as its clients see it: the real program, the real engine, the official Rust client and HTTP by
//! hand.

mod local_clickhouse;

use std::io::{Read, Write};
use std::time::Duration;

use clickhouse::error::Error;
use clickhouse::{Client, Compression, Row};
use serde::{Deserialize, Serialize};
use tempfile::{TempDir, tempdir};

use local_clickhouse::blocks::{self, block, create_tables, sink_settings};
use local_clickhouse::raw::Call;
use local_clickhouse::server::{Server, refused};

fn start(arguments: &[&str]) -> (TempDir, Server) {
    let data = tempdir().expect("a temporary directory");
    let server = Server::start(data.path(), arguments);
    (data, server)
}

/// Rows, rows in the view's target, and partitions.
fn totals(server: &Server) -> String {
    server.sql(
        "SELECT (SELECT count() FROM h.feedback), (SELECT sum(n) FROM h.per_hour), \
         (SELECT uniqExact(_partition_id) FROM h.feedback)",
    )
}

#[derive(Debug, PartialEq, Row, Serialize, Deserialize)]
struct Review {
    id: u64,
    text: String,
    score: Option<f64>,
    tags: Vec<String>,
}

#[tokio::test]
async fn the_official_client_writes_and_reads_its_rows() {
    let (_data, server) = start(&[]);
    for compression in [Compression::Lz4, Compression::None] {
        let client = server.client().with_compression(compression);
        client.query("DROP TABLE IF EXISTS review").execute().await.expect("dropped");
        let create = "CREATE TABLE review (id UInt64, text String, score Nullable(Float64), tags Array(String)) \
                      ENGINE = MergeTree ORDER BY id";
        client.query(create).execute().await.expect("created");
        let review = |id: u64, text: &str, score| Review { id, text: text.into(), score, tags: vec!["a\t'\\".into()] };
        let rows = [review(1, "it's 非常好 👍", Some(0.5)), review(2, "", None)];
        let mut insert = client.insert::<Review>("review").await.expect("the columns are described");
        for row in &rows {
            insert.write(row).await.expect("a row fits its table");
        }
        insert.end().await.expect("inserted");
        let all = client.query("SELECT ?fields FROM review ORDER BY id").fetch_all::<Review>().await;
        assert_eq!(all.expect("selected"), rows);
        let by_parameter =
            client.query("SELECT ?fields FROM review WHERE text = {text:String}").param("text", &rows[0].text);
        assert_eq!(by_parameter.fetch_one::<Review>().await.expect("found"), rows[0]);
        let bound =
            client.query("SELECT count() FROM review WHERE text = ? AND id IN ?").bind("it's 非常好 👍").bind([1, 2]);
        assert_eq!(bound.fetch_one::<u64>().await.expect("counted"), 1);
        let missing = client.query("SELECT * FROM nowhere").execute().await.expect_err("there is no such table");
        assert!(matches!(&missing, Error::BadResponse(text) if text.starts_with("Code: 60.")), "{missing}");
    }
}

#[tokio::test]
async fn a_struct_that_does_not_fit_its_table_is_refused_before_a_row_is_written() {
    let (_data, server) = start(&[]);
    server.sql(
        "CREATE TABLE review (id UInt32, text String, score Nullable(Float64), tags Array(String)) ENGINE = Memory",
    );
    let mut insert = server.client().insert::<Review>("review").await.expect("the columns are described");
    let row = Review { id: 1, text: String::new(), score: None, tags: Vec::new() };
    insert.write(&row).await.expect_err("UInt32 is not u64");
    drop(insert);
    assert_eq!(server.sql("SELECT count() FROM review"), "0");
}

#[tokio::test]
async fn a_block_sent_twice_under_one_token_counts_once_and_is_one_part() {
    let (_data, server) = start(&[]);
    create_tables(&server);
    let block = block(300_000, 1);
    let client = sink_settings(&server.client().with_compression(Compression::Lz4), "epoch:0-299999");
    for _ in 0..2 {
        blocks::insert(&client, &block).await.expect("inserted");
        assert_eq!(totals(&server), "300000\t300000\t1");
        let parts =
            "SELECT count(), sum(rows), max(level) FROM system.parts WHERE database = 'h' AND table = 'feedback'";
        assert_eq!(server.sql(parts), "1\t300000\t0");
    }
    let other = sink_settings(&server.client(), "epoch:300000-599999");
    blocks::insert(&other, &block).await.expect("inserted");
    assert_eq!(totals(&server), "600000\t600000\t1", "another token is another block");
}

#[tokio::test]
async fn a_block_over_150_months_is_idempotent_in_every_partition() {
    let (_data, server) = start(&[]);
    create_tables(&server);
    let block = block(30_000, 150);
    let client = sink_settings(&server.client(), "backfill");
    let refused = blocks::insert(&client.clone().with_setting("max_partitions_per_insert_block", "100"), &block).await;
    assert!(matches!(&refused, Err(Error::BadResponse(text)) if text.starts_with("Code: 252.")), "{refused:?}");
    assert_eq!(totals(&server), "0\t0\t0");
    for _ in 0..2 {
        blocks::insert(&client, &block).await.expect("inserted");
        assert_eq!(totals(&server), "30000\t30000\t150");
    }
}

#[tokio::test]
async fn a_server_killed_at_any_moment_keeps_each_row_once() {
    let data = tempdir().expect("a temporary directory");
    let first = Server::start(data.path(), &[]);
    create_tables(&first);
    first.kill();
    let block = block(200_000, 40);
    for (round, delay_ms) in [(1_u64, 2), (2, 40), (3, 120), (4, 2_000)] {
        let server = Server::start(data.path(), &[]);
        let client = sink_settings(&server.client(), &format!("round {round}"));
        let sent = block.clone();
        let attempt = tokio::spawn(async move { blocks::insert(&client, &sent).await });
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        server.kill();
        // Whether it got through is open; the retry must not care.
        drop(attempt.await.expect("the client does not panic"));
        let server = Server::start(data.path(), &[]);
        blocks::insert(&sink_settings(&server.client(), &format!("round {round}")), &block).await.expect("retried");
        assert_eq!(totals(&server), format!("{0}\t{0}\t40", round * 200_000), "after round {round}");
    }
}

#[test]
fn a_truncated_body_inserts_nothing() {
    let (_data, server) = start(&[]);
    server.sql("CREATE TABLE t (a UInt64, b String) ENGINE = MergeTree ORDER BY a");
    let rows: String = (0..50_000).map(|row| format!("{row},some text\n")).collect();
    let insert = || Call::post("/").pair("query", "INSERT INTO t FORMAT CSV");
    insert().body(&rows).send_truncated(server.address);
    insert().body(&rows).send_without_last_chunk(server.address);
    insert().header("Content-Encoding", "gzip").body(&gzip(rows.as_bytes())[..9_000]).send_truncated(server.address);
    for (header, packed) in [("gzip", gzip(rows.as_bytes())), ("lz4", lz4(rows.as_bytes()))] {
        let half = &packed[..packed.len() / 2];
        let answer = insert().header("Content-Encoding", header).body(half).send(server.address);
        assert_eq!(answer.code(), Some(271), "{header}: {}", answer.text());
    }
    let framed = hearken_embedded::http::compression::frames(rows.as_bytes());
    let cut = insert().pair("decompress", "1").body(&framed[..framed.len() - 1]).send(server.address);
    assert_eq!(cut.code(), Some(271), "{}", cut.text());
    let mut damaged = framed;
    *damaged.last_mut().expect("it is not empty") ^= 1;
    let damaged = insert().pair("decompress", "1").body(&damaged).send(server.address);
    assert_eq!(damaged.code(), Some(40), "{}", damaged.text());
    server.wait_for("SELECT count() FROM system.processes WHERE query_kind = 'Insert'", "0");
    assert_eq!(server.sql("SELECT count() FROM t"), "0");
    assert_eq!(insert().body(&rows).send(server.address).status, 200);
    assert_eq!(server.sql("SELECT count() FROM t"), "50000", "the whole body is what goes in");
}

#[test]
fn every_output_format_comes_back_whole() {
    let (_data, server) = start(&[]);
    let select = "SELECT number AS n, toString(number) AS s FROM numbers(200000) SETTINGS max_block_size = 1000";
    let sent = |format: &str| {
        let answer = Call::post("/").pair("default_format", format).body(select).send(server.address);
        assert_eq!((answer.status, answer.header("x-clickhouse-format")), (200, Some(format)), "{}", answer.text());
        answer
    };
    for format in [
        "Native",
        "RowBinary",
        "RowBinaryWithNamesAndTypes",
        "ArrowStream",
        "CSVWithNames",
        "TSV",
        "Parquet",
        "JSONEachRow",
    ] {
        let structure = "n UInt64, s String";
        server.sql("CREATE OR REPLACE TABLE back (n UInt64, s String) ENGINE = Memory");
        let insert = Call::post("/").pair("query", &format!("INSERT INTO back FORMAT {format}"));
        let answer = insert.body(&sent(format).body).send(server.address);
        assert_eq!(answer.status, 200, "{format} ({structure}): {}", answer.text());
        let check = "SELECT count(), uniqExact(n), countIf(s = toString(n)) FROM back";
        assert_eq!(server.sql(check), "200000\t200000\t200000", "{format}");
    }
    let json: serde_json::Value = serde_json::from_slice(&sent("JSON").body).expect("one JSON document");
    assert_eq!(json["rows"], 200_000);
    assert_eq!(json["data"].as_array().map(Vec::len), Some(200_000));
    let pretty = Call::post("/").body("SELECT 'x' AS a FORMAT PrettyCompactMonoBlock").send(server.address);
    assert!(pretty.text().contains('┌') && pretty.text().contains('x'), "{}", pretty.text());
    assert_eq!(sent("TSV").header("content-type"), Some("text/tab-separated-values; charset=UTF-8"));
}

#[test]
fn a_statement_arrives_in_every_way_there_is() {
    let (_data, server) = start(&[]);
    server.sql("CREATE TABLE t (a Int64, s String) ENGINE = MergeTree ORDER BY a;");
    let boundary = "some-boundary";
    let field = |name: &str, value: &str| {
        format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let form = [
        field("query", "INSERT INTO t VALUES ({a:Int64}, {s:String})"),
        field("param_a", "5"),
        field("param_s", "it's"),
    ];
    let form = format!("{}--{boundary}--\r\n", form.concat());
    let form_type = format!("multipart/form-data; boundary={boundary}");
    for call in [
        Call::post("/").body("INSERT INTO t VALUES (1, 'x'), (1 + 1, upper('x'));"),
        Call::post("/").pair("query", "INSERT INTO t FORMAT CSV").body("3,\"a,b\"\n"),
        Call::post("/").body("INSERT INTO t FORMAT JSONEachRow\n{\"a\": 4, \"s\": \"; SELECT\"}"),
        Call::post("/").header("Content-Type", &form_type).body(form),
        Call::post("/").pair("query", "INSERT INTO t").body("FORMAT TSV\n6\tx\n"),
        Call::post("/").pair("query", "INSERT INTO t SELECT 7, {s:String}").pair("param_s", "url"),
        Call::post("/").pair("database", "default").pair("query", "INSERT INTO t (a) VALUES").body("(8)"),
    ] {
        let answer = call.send(server.address);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    let rows = server.sql("SELECT groupArray((a, s)) FROM (SELECT * FROM t ORDER BY a)");
    let expected = r"[(1,'x'),(2,'X'),(3,'a,b'),(4,'; SELECT'),(5,'it\\'s'),(6,'x'),(7,'url'),(8,'')]";
    assert_eq!(rows.replace(r"\'", "'").replace(r"\\", r"\"), expected.replace(r"\\", r"\").replace(r"\'", "'"));
    let get = Call::get("/").pair("query", "SELECT max(a) FROM t").header("X-ClickHouse-Format", "JSONCompactEachRow");
    let answer = get
        .pair("query_id", "mine")
        .pair("enable_http_compression", "0")
        .header("Accept-Encoding", "gzip")
        .send(server.address);
    assert_eq!(answer.text(), "[8]\n");
    for (header, expected) in [
        ("x-clickhouse-query-id", Some("mine")),
        ("x-clickhouse-format", Some("JSONCompactEachRow")),
        ("x-clickhouse-timezone", Some("UTC")),
        ("x-clickhouse-server-display-name", Some("hearken-clickhouse")),
        ("content-type", Some("application/x-ndjson; charset=UTF-8")),
        ("content-encoding", None),
    ] {
        assert_eq!(answer.header(header), expected, "{header}");
    }
    let summary = answer.header("x-clickhouse-summary").expect("a summary");
    assert!(summary.contains("\"result_rows\":\"1\""), "{summary}");
    assert_eq!(Call::get("/ping").send(server.address).text(), "Ok.\n");
    assert_eq!(Call::get("/").send(server.address).text(), "Ok.\n");
}

#[test]
fn every_refusal_has_its_status_and_code() {
    let (data, server) = start(&["--body-bytes-max", "100000", "--statement-seconds-max", "2"]);
    let file = data.path().join("stolen.csv");
    let outfile = format!("SELECT 1 INTO OUTFILE '{}'", file.display());
    let long = "x".repeat(100_001);
    let bomb = gzip(&vec![b'1'; 10_000_000]);
    let post = |statement: &str| Call::post("/").body(statement);
    for (what, call, status, code) in [
        ("syntax", post("SELEC 1"), 400, 62),
        ("two statements", post("SELECT 1; SELECT 2"), 400, 62),
        ("two statements, one garbage", post("CREATE TABLE two (a Int8) ENGINE = Memory; garbage ("), 400, 62),
        ("nothing", post("-- nothing"), 400, 62),
        ("into outfile", post(&outfile), 500, 358),
        ("into outfile, hidden", post(&outfile.replace("INTO OUTFILE", "INTO/**/outfile")), 500, 358),
        ("from infile", post("INSERT INTO x FROM INFILE '/etc/passwd' FORMAT CSV"), 500, 358),
        ("a path as a table", post("SELECT * FROM `/etc/passwd`"), 404, 60),
        ("unknown table", post("SELECT * FROM nowhere"), 404, 60),
        (
            "unknown table of an insert",
            Call::post("/").pair("query", "INSERT INTO nowhere FORMAT CSV").body("1"),
            404,
            60,
        ),
        ("unknown database", post("SELECT 1").pair("database", "nowhere"), 404, 81),
        ("unknown setting", post("SELECT 1").pair("no_such_setting", "1"), 404, 115),
        ("a setting that is SQL", post("SELECT 1").pair("max_threads%3D1%2Creadonly", "1"), 404, 115),
        ("a bad value", post("SELECT 1").pair("max_threads", "many"), 400, 27),
        ("a write by GET", Call::get("/").pair("query", "CREATE TABLE g (a Int8) ENGINE = Memory"), 500, 164),
        ("an insert by GET", Call::get("/").pair("query", "INSERT INTO g VALUES (1)"), 500, 164),
        ("a body too long", post(&long), 413, 229),
        ("a body too long once unpacked", Call::post("/").header("Content-Encoding", "gzip").body(bomb), 413, 229),
        ("an encoding unknown", post("SELECT 1").header("Content-Encoding", "br"), 501, 48),
        ("too slow", post("SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))"), 408, 159),
        ("more time than allowed", post("SELECT 1").pair("max_execution_time", "3"), 500, 452),
        ("no time limit", post("SELECT 1 SETTINGS max_execution_time = 0"), 500, 452),
        ("more memory than allowed", post("SELECT 1").pair("max_memory_usage", "0"), 500, 452),
        ("a method unknown", Call::delete("/"), 501, 48),
    ] {
        let answer = call.send(server.address);
        assert_eq!((answer.status, answer.code()), (status, Some(code)), "{what}: {}", answer.text());
        assert!(answer.text().starts_with(&format!("Code: {code}. DB::Exception: ")), "{what}: {}", answer.text());
        assert!(answer.header("x-clickhouse-query-id").is_some(), "{what}");
    }
    assert!(!file.exists(), "nothing was written beside the tables");
    assert_eq!(server.sql("SELECT count() FROM system.tables WHERE database = 'default'"), "0");
    assert_eq!(Call::get("/nowhere").send(server.address).status, 404);
}

#[test]
fn memory_is_bounded_also_for_results() {
    let (_data, server) = start(&["--memory-bytes-max", "600000000"]);
    let wide = "SELECT randomPrintableASCII(1000) FROM numbers(2000000)";
    assert_eq!(server.post(wide).code(), Some(241));
    assert_eq!(server.sql("SELECT 1"), "1", "it goes on");
}

#[test]
fn who_asks_decides_what_is_allowed() {
    let data = tempdir().expect("a temporary directory");
    let server = Server::start(data.path(), &["--password", "s3cret:x", "--read-only-user", "board"]);
    let post = |statement: &str| Call::post("/").body(statement);
    let full =
        |statement: &str| post(statement).header("X-ClickHouse-User", "default").header("X-ClickHouse-Key", "s3cret:x");
    let board = |statement: &str| post(statement).pair("user", "board");
    assert_eq!(full("CREATE TABLE t ENGINE = MergeTree ORDER BY a AS SELECT 1 AS a").send(server.address).status, 200);
    for (what, call, status) in [
        ("no credentials", post("SELECT 1"), 401),
        ("a wrong password", post("SELECT 1").pair("password", "s3cret"), 403),
        ("a wrong user", post("SELECT 1").pair("user", "root").pair("password", "s3cret:x"), 403),
        ("a wrong header", post("SELECT 1").header("X-ClickHouse-Key", "no"), 403),
        ("two kinds", full("SELECT 1").pair("user", "default").pair("password", "s3cret:x"), 403),
        ("basic", post("SELECT 1").header("Authorization", "Basic ZGVmYXVsdDpzM2NyZXQ6eA=="), 200),
        ("the URL", post("SELECT 1").pair("user", "default").pair("password", "s3cret:x"), 200),
        ("headers", full("SELECT 1"), 200),
        ("a reader reads", board("SELECT sum(a) FROM t SETTINGS max_threads = 1"), 200),
        ("a reader describes", board("DESCRIBE TABLE t"), 200),
        ("a reader inserts", board("INSERT INTO t VALUES (2)"), 500),
        (
            "a reader inserts rows",
            Call::post("/").pair("user", "board").pair("query", "INSERT INTO t FORMAT CSV").body("2"),
            500,
        ),
        ("a reader drops", board("DROP TABLE t"), 500),
        ("a reader alters", board("ALTER TABLE t DELETE WHERE 1"), 500),
        ("a reader sets", board("SET readonly = 0"), 500),
        ("a reader kills", board("KILL QUERY WHERE 1"), 500),
        ("a reader writes a setting", board("SELECT 1 SETTINGS readonly = 0"), 500),
        ("a reader writes a URL setting", board("SELECT 1").pair("readonly", "0"), 200),
        ("a reader writes with a URL setting", board("DROP TABLE t").pair("readonly", "0"), 500),
        (
            "a reader takes a role",
            board("SELECT * FROM file('/etc/hostname', 'LineAsString')").pair("role", "local_writer"),
            403,
        ),
        ("a reader reads a file", board("SELECT * FROM file('/etc/hostname', 'LineAsString')"), 403),
        ("a reader reads a file by a function", board("SELECT file('/etc/hostname')"), 403),
        ("a reader reads a path", board("SELECT * FROM `/etc/hostname`"), 404),
        ("a reader reads a URL", board("SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"), 403),
        ("a reader writes a file", board("INSERT INTO FUNCTION file('/tmp/x.csv') SELECT 1"), 500),
        ("a reader writes an outfile", board("SELECT 1 INTO OUTFILE '/tmp/x.csv'"), 500),
    ] {
        let answer = call.send(server.address);
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
    }
    assert_eq!(full("SELECT sum(a), count() FROM t").send(server.address).text(), "1\t1\n");
}

#[test]
fn bodies_are_packed_and_unpacked_both_ways() {
    let (_data, server) = start(&[]);
    server.sql("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    let rows: String = (0..300_000).map(|row| format!("{row}\n")).collect();
    let packed = [gzip(rows.as_bytes()), lz4(rows.as_bytes())];
    let twice = |bytes: &[u8]| [bytes, bytes].concat();
    for (encoding, body, count) in [
        ("gzip", packed[0].clone(), "300000"),
        ("gzip", twice(&packed[0]), "600000"),
        ("lz4", packed[1].clone(), "300000"),
        ("lz4", twice(&packed[1]), "600000"),
    ] {
        server.sql("TRUNCATE TABLE t");
        let insert = Call::post("/").pair("query", "INSERT INTO t FORMAT CSV").header("Content-Encoding", encoding);
        let answer = insert.body(body).send(server.address);
        assert_eq!(answer.status, 200, "{encoding}: {}", answer.text());
        assert_eq!(server.sql("SELECT count() FROM t"), count, "{encoding}");
    }
    let select = || Call::post("/").body("SELECT number FROM numbers(300000)");
    let plain = select().send(server.address).body;
    assert_eq!(plain, rows.as_bytes());
    let unpacked = |bytes: Vec<u8>, encoding, frames| {
        let mut all = Vec::new();
        let reader = hearken_embedded::http::compression::unpack(std::io::Cursor::new(bytes), encoding, frames);
        reader.and_then(|mut reader| reader.read_to_end(&mut all)).expect("what the server packs can be unpacked");
        all
    };
    use hearken_embedded::http::compression::Encoding;
    for (name, encoding) in
        [("gzip", Encoding::Gzip), ("lz4", Encoding::Lz4), ("deflate", Encoding::Deflate), ("zstd", Encoding::Zstd)]
    {
        let answer = select().header("Accept-Encoding", name).send(server.address);
        assert_eq!(answer.header("content-encoding"), Some(name));
        assert!(answer.body.len() < plain.len());
        assert!(unpacked(answer.body, Some(encoding), false) == plain, "{name}");
    }
    let framed = select().pair("compress", "1").send(server.address).body;
    assert!(unpacked(framed, None, true) == plain, "frames");
    let both = select().pair("compress", "1").header("Accept-Encoding", "gzip").send(server.address).body;
    assert!(unpacked(both, Some(Encoding::Gzip), true) == plain, "frames in gzip");
}

#[test]
fn a_statement_whose_client_is_gone_is_stopped() {
    let (_data, server) = start(&[]);
    let endless = "SELECT count() FROM numbers(100000000000000) WHERE NOT ignore(sipHash64(number))";
    let running = "SELECT count() FROM system.processes WHERE query LIKE 'SELECT count() FROM numbers(1000%'";
    let client = Call::post("/").body(endless).send_and_keep(server.address);
    server.wait_for(running, "1");
    drop(client);
    server.wait_for(running, "0");
}

#[test]
fn more_statements_than_allowed_wait_for_their_turn() {
    let (_data, server) = start(&["--connections-max", "2"]);
    let address = server.address;
    let callers: Vec<_> = (0..12)
        .map(|caller| {
            std::thread::spawn(move || {
                Call::post("/").body(format!("SELECT {caller}, sleep(0.1)")).send(address).text()
            })
        })
        .collect();
    for (caller, thread) in callers.into_iter().enumerate() {
        assert_eq!(thread.join().expect("the caller does not panic"), format!("{caller}\t0\n"));
    }
}

#[test]
fn the_program_says_why_it_does_not_start() {
    let (data, server) = start(&[]);
    let (code, text) = refused(data.path(), &[]);
    assert!(code == Some(2) && text.contains("in use by another hearken-clickhouse"), "{code:?} {text}");
    let other = tempdir().expect("a temporary directory");
    let (code, text) = refused(other.path(), &["--listen", &server.address.to_string()]);
    assert!(code == Some(2) && text.contains("cannot listen on"), "{code:?} {text}");
    let (code, text) = refused(other.path(), &["--library", "/nowhere/libchdb.so"]);
    assert!(code == Some(2) && text.contains("run `make setup`"), "{code:?} {text}");
    let (code, text) = refused(other.path(), &["--listen", "0.0.0.0:0"]);
    assert!(code == Some(2) && text.contains("only loopback addresses"), "{code:?} {text}");
    assert_eq!(server.sql("SELECT 1"), "1", "the first one is not disturbed");
}

#[tokio::test]
async fn sigterm_ends_it_in_order_and_the_rows_are_there_again() {
    let data = tempdir().expect("a temporary directory");
    let server = Server::start(data.path(), &[]);
    create_tables(&server);
    let client: Client = sink_settings(&server.client(), "t");
    blocks::insert(&client, &block(1_000, 3)).await.expect("inserted");
    let address = server.address;
    let slow = std::thread::spawn(move || Call::post("/").body("SELECT 'done', sleep(2)").send(address).text());
    server.wait_for("SELECT count() FROM system.processes WHERE query LIKE 'SELECT \\'done%'", "1");
    assert_eq!(server.terminate().code(), Some(0));
    assert_eq!(slow.join().expect("the caller does not panic"), "done\t0\n", "what ran was allowed to finish");
    let again = Server::start(data.path(), &[]);
    assert_eq!(totals(&again), "1000\t1000\t3");
    assert_eq!(again.sql("SELECT name FROM system.databases WHERE name = 'h'"), "h");
    assert_eq!(again.terminate().code(), Some(0));
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).expect("memory takes all writes");
    encoder.finish().expect("memory takes all writes")
}

fn lz4(plain: &[u8]) -> Vec<u8> {
    let mut encoder = lz4_flex::frame::FrameEncoder::new(Vec::new());
    encoder.write_all(plain).expect("memory takes all writes");
    encoder.finish().expect("memory takes all writes")
}
