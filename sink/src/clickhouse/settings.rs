//! The setting `clickhouse.shards`.

use hearken_runtime::config::Reader;

/// The setting's name.
const KEY: &str = "clickhouse.shards";

/// Reads which servers there are: an entry a shard, in it the URLs of its replicas with `|` between; none where
/// `clickhouse.url` is the only server.
pub fn shards(reader: &mut Reader) -> Vec<Vec<String>> {
    let entries = reader.list(KEY, &[]);
    let shards: Vec<Vec<String>> =
        entries.iter().map(|entry| entry.split('|').map(|url| url.trim().to_owned()).collect()).collect();
    let urls: Vec<&String> = shards.iter().flatten().collect();
    if urls.iter().any(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
        reader
            .error(KEY, "expected http://host:port or https://host:port of each replica, | between those of one shard");
    }
    if (1..urls.len()).any(|at| urls[..at].contains(&urls[at])) {
        reader.error(KEY, "names a server twice");
    }
    shards
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_shard_and_its_replicas() {
        for (text, expected) in [
            ("", Ok(vec![])),
            ("shards = [\"http://a:1\"]", Ok(vec![vec!["http://a:1"]])),
            (
                "shards = [\"http://a:1 | http://b:1\", \"https://c:1\"]",
                Ok(vec![vec!["http://a:1", "http://b:1"], vec!["https://c:1"]]),
            ),
            ("shards = [\"a:1\"]", Err("expected http://host:port")),
            ("shards = [\"http://a:1\", \"http://a:1\"]", Err("names a server twice")),
        ] {
            let mut reader = Reader::from_text(&format!("[clickhouse]\n{text}"));
            let found = shards(&mut reader);
            match (reader.finish(), expected) {
                (Ok(()), Ok(expected)) => assert_eq!(found, expected, "{text}"),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{text}: {error}"),
                (finished, expected) => panic!("{text}: {finished:?}, expected {expected:?}"),
            }
        }
    }
}
