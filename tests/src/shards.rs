//! Two engines as the two shards of a cluster, as far as an engine without servers of its own allows.
//!
//! The local engine keeps no replicas and listens on no port of its own, so here a shard's pieces are plain tables, and the table
//! that means all pieces reads them over HTTP where a server's would over its own protocol. Everything else is what a node has.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hearken_audit::{crc32, query};
use hearken_schemas::cluster::{Cluster, LOCAL};
use hearken_schemas::tables::{OBJECTS, Object};

use crate::database::Database;
use crate::program::{Finished, command, finish};

/// How long the command line may take.
const COMMAND: Duration = Duration::from_secs(240);

/// In which form the pieces are read that are elsewhere: every column by its name, whichever are asked for.
const FORMAT: &str = "RowBinaryWithNamesAndTypes";

/// How the servers name their cluster.
pub const CLUSTER: &str = "{cluster}";

/// Returns an object's statements for a node.
///
/// # Panics
/// Where it cannot be rendered.
pub fn rendered(object: &Object) -> Vec<String> {
    Cluster::new(CLUSTER).statements(object).unwrap_or_else(|unknown| panic!("{unknown}"))
}

/// Returns a statement with a plain table in the place of a replicated one.
///
/// # Panics
/// Where it is no statement of ours.
pub fn plain(statement: &str) -> String {
    let Some((before, rest)) = statement.split_once("ENGINE = Replicated") else { return statement.to_owned() };
    let (engine, rest) = rest.split_once('(').expect("the engine's arguments");
    let (_, rest) = rest.split_once(')').expect("their end");
    let settings = rest.replace(" replicated_deduplication_window_seconds = 691200,", "");
    let settings = settings.replace(", replicated_deduplication_window_seconds = 691200", "");
    let settings = settings.replace(", replicated_deduplication_window_seconds = 0", "");
    format!("{before}ENGINE = {engine}{}", settings.replace("replicated_dedup", "non_replicated_dedup"))
}

/// Returns the statements that a table which means all pieces becomes: the pieces of the other shards, asked over HTTP, and a table
/// that merges them with the shard's own. A look-up that each shard would make in its own piece is made in all of them, because
/// there is one place where it is made.
fn merged(statement: &str, others: &[&Database]) -> Vec<String> {
    if statement.starts_with("CREATE OR REPLACE VIEW") {
        return vec![statement.replace(LOCAL, "")];
    }
    let Some((before, rest)) = statement.split_once("ENGINE = Distributed(") else { return vec![statement.to_owned()] };
    let (arguments, rest) = rest.split_once("\nCOMMENT").expect("a comment");
    let piece = arguments.split('\'').find(|argument| argument.ends_with(LOCAL)).expect("the pieces' name");
    let asked = format!("database=hearken&query=SELECT%20*%20FROM%20{piece}%20FORMAT%20{FORMAT}");
    let elsewhere = |(number, other): (usize, &&Database)| {
        let url = other.url();
        format!("CREATE TABLE {piece}_{number} AS {piece} ENGINE = URL('{url}/?{asked}', '{FORMAT}')")
    };
    let mut statements: Vec<String> = others.iter().enumerate().map(elsewhere).collect();
    statements.push(format!("{before}ENGINE = Merge(hearken, '^{piece}(_[0-9]+)?$')\nCOMMENT{rest}"));
    statements
}

/// The one cluster of a node that stands alone. Nobody listens on the port; the engine takes it for its own.
const CONFIGURATION: &str = "<clickhouse>
    <zookeeper><implementation>testkeeper</implementation></zookeeper>
    <macros><cluster>prod</cluster><shard>0</shard><replica>a</replica></macros>
    <tcp_port>9000</tcp_port>
    <remote_servers><prod>SHARDS</prod></remote_servers>
</clickhouse>";

/// This node as a shard.
const SHARD: &str = "<shard><replica><host>127.0.0.1</host><port>9000</port></replica></shard>";

/// Configures a node that is the only shard of its cluster.
pub fn one_shard(data: &Path) {
    configure(data, SHARD);
}

/// Configures a node that is both shards of its cluster: every row is there twice, and a query that asks all shards from each is
/// refused as a cluster's nodes refuse it.
pub fn two_shards(data: &Path) {
    configure(data, &[SHARD, SHARD].concat());
}

fn configure(data: &Path, shards: &str) {
    let folder = data.join(".hearken/config.d");
    fs::create_dir_all(&folder).expect("a folder of ours");
    fs::write(folder.join("cluster.xml"), CONFIGURATION.replace("SHARDS", shards)).expect("a file in it");
}

/// Makes every object on a node that stands alone, each statement changed by `change`.
///
/// # Panics
/// Where the engine refuses one.
pub fn make_alone(node: &Database, change: impl Fn(&str) -> String) {
    for object in OBJECTS {
        for statement in rendered(object) {
            inside(node, &change(&statement)).unwrap_or_else(|error| panic!("{}: {error}", object.file));
        }
    }
}

/// Makes every object on every shard, and notes it as `hearken migrate` does.
///
/// # Panics
/// Where the engine refuses one.
pub fn make(shards: &[Database]) {
    for (number, shard) in shards.iter().enumerate() {
        let others: Vec<&Database> =
            shards.iter().enumerate().filter(|(other, _)| *other != number).map(|(_, shard)| shard).collect();
        shard.sql("CREATE DATABASE hearken ENGINE = Atomic");
        shard.sql(
            "CREATE TABLE hearken.migrations (file String, crc UInt32, applied_at DateTime64(3, 'UTC') DEFAULT now64(3)) \
             ENGINE = MergeTree ORDER BY (file, applied_at)",
        );
        for object in OBJECTS {
            for statement in rendered(object).iter().flat_map(|statement| merged(&plain(statement), &others)) {
                inside(shard, &statement).unwrap_or_else(|error| panic!("{}: {error}", object.file));
            }
            let crc = crc32(rendered(object).join("\n").as_bytes());
            shard.sql(&format!("INSERT INTO hearken.migrations (file, crc) VALUES ('{}', {crc})", object.file));
        }
    }
}

/// Runs a statement in the database of the pipeline.
///
/// # Errors
/// What the engine says where it refuses it.
pub fn inside(database: &Database, statement: &str) -> Result<String, String> {
    let answer =
        query(&format!("{}/?database=hearken", database.url()), statement).map_err(|error| error.to_string())?;
    Ok(answer.trim_end().to_owned())
}

/// Returns the shards as the settings name them, in the environment.
pub fn named(shards: &[Database]) -> String {
    shards.iter().map(Database::url).collect::<Vec<_>>().join(",")
}

/// Runs the command line against these shards.
pub fn hearken(shards: &[Database], brokers: &str, arguments: &[&str]) -> Finished {
    let mut hearken = command("hearken");
    hearken.args(arguments).env("HEARKEN_KAFKA__BROKERS", brokers).env("HEARKEN_CLICKHOUSE__URL", shards[0].url());
    finish(hearken.env("HEARKEN_CLICKHOUSE__SHARDS", named(shards)), COMMAND)
}
