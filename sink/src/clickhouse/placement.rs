//! The note on each shard which one it is and of how many: under another number rows would be looked for where they are not.

use anyhow::{Result, bail};
use bytes::Bytes;
use hearken_runtime::clickhouse::Insert;
use serde::Deserialize;

use super::ClickHouse;
use super::shard::Shard;

/// What to do where it is not as it was.
const HINT: &str = "the number and the order of clickhouse.shards never change; to have other shards, make a new database and \
                    fill it anew (docs/operations.md, \"Cluster\")";

/// Which shard of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
struct Placement {
    shard: u32,
    shards: u32,
}

impl ClickHouse {
    /// Holds what every shard was told it is against what the settings make it, and tells those that are new.
    ///
    /// # Errors
    /// Where they differ, with what to do.
    pub(super) async fn placements(&self) -> Result<()> {
        let mut new = Vec::new();
        // First all, then none half: a shard is told only where the others agree.
        for shard in self.shards.iter() {
            let placement = Placement { shard: shard.number as u32, shards: self.shards.len() as u32 };
            let noted: Vec<Placement> = shard
                .lines(&["placement"], "SELECT DISTINCT shard, shards FROM placement ORDER BY shards, shard")
                .await?;
            let rows: Vec<serde_json::Value> =
                shard.lines(&["states"], &format!("SELECT 1 FROM {} LIMIT 1", shard.table("states"))).await?;
            match decided(placement, &noted, !rows.is_empty()) {
                Ok(true) => new.push((shard, placement)),
                Ok(false) => {}
                Err(why) => bail!("shard {} of clickhouse.shards: {why}; {HINT}", shard.number + 1),
            }
        }
        for (shard, placement) in new {
            note(shard, placement).await?;
        }
        Ok(())
    }
}

/// Tells whether a server is to be told what it is.
///
/// # Errors
/// Where it was told otherwise, or has rows that were written when there was one server.
fn decided(placement: Placement, noted: &[Placement], has_rows: bool) -> Result<bool, String> {
    let said = |Placement { shard, shards }: Placement| format!("shard {} of {shards}", shard + 1);
    match noted {
        [] if has_rows && placement.shards > 1 => {
            Err(format!("its rows were written when it was the only server, and now it is {}", said(placement)))
        }
        [] => Ok(true),
        [one] if *one == placement => Ok(false),
        noted => {
            let noted: Vec<String> = noted.iter().map(|noted| said(*noted)).collect();
            Err(format!(
                "what is stored there was written as {}, and now it is {}",
                noted.join(" and "),
                said(placement)
            ))
        }
    }
}

async fn note(shard: &Shard, placement: Placement) -> Result<()> {
    let Placement { shard: number, shards } = placement;
    let token = format!("placement:{number}:{shards}");
    let (columns, format) = (&["shard", "shards"][..], "JSONEachRow");
    let insert = Insert { table: "placement", columns, format, rows: 1, token: &token };
    let row = serde_json::json!({"shard": number, "shards": shards}).to_string();
    Ok(shard.insert(&insert, &Bytes::from(row)).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of((shard, shards): (u32, u32)) -> Placement {
        Placement { shard, shards }
    }

    #[test]
    fn a_server_stays_the_shard_it_was() {
        for (now, noted, has_rows, expected) in [
            ((0, 1), &[][..], false, Ok(true)),
            // An installation from before there were shards.
            ((0, 1), &[], true, Ok(true)),
            ((1, 2), &[], false, Ok(true)),
            ((1, 2), &[(1, 2)], true, Ok(false)),
            ((0, 2), &[], true, Err("its rows were written when it was the only server, and now it is shard 1 of 2")),
            ((0, 2), &[(0, 1)], false, Err("written as shard 1 of 1, and now it is shard 1 of 2")),
            ((0, 2), &[(1, 2)], true, Err("written as shard 2 of 2, and now it is shard 1 of 2")),
            ((0, 3), &[(0, 2), (0, 3)], true, Err("written as shard 1 of 2 and shard 1 of 3, and now")),
        ] {
            let noted: Vec<Placement> = noted.iter().map(|noted| of(*noted)).collect();
            match (decided(of(now), &noted, has_rows), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{now:?} {noted:?}"),
                (Err(found), Err(expected)) => assert!(found.contains(expected), "{found}"),
                (found, expected) => panic!("{now:?} {noted:?}: {found:?}, expected {expected:?}"),
            }
        }
    }
}
