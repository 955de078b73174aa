//! A local ClickHouse behind its HTTP interface; see `hearken_embedded`.

fn main() -> std::process::ExitCode {
    hearken_embedded::clickhouse_server::main()
}
