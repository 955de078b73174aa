//! The servers that hold the tables: one, or the shards of a cluster with their replicas.
//!
//! Whatever changes rows asks here where a table's rows are changed, and says what it does to them once: on one server that is
//! the table itself, on a cluster `X_local` of each shard. Reading goes on through the table's own name, at the entry.

use anyhow::{Context, Result, bail, ensure};
use hearken_schemas::cluster::{LOCAL, Place, local, local_query};
use hearken_schemas::tables::DATABASE;
use hearken_sink::shard::of_id;
use serde::Deserialize;
use uuid::Uuid;

use crate::Endpoints;
use crate::store::Store;

/// One server, or the servers of a cluster.
#[derive(Clone)]
pub(crate) struct Servers {
    /// The server that is asked about everything; of a cluster the first of the first shard.
    entry: Store,
    /// Of a cluster its shards, each with its replicas; of one server none.
    shards: Vec<Vec<Store>>,
}

/// Where some of a table's rows, or all of them, are changed.
pub(crate) struct Piece<'a> {
    pub(crate) store: &'a Store,
    /// What the rows' table is called there.
    pub(crate) table: String,
    is_local: bool,
}

impl Piece<'_> {
    /// Returns what another table is called whose rows lie beside these.
    pub(crate) fn beside(&self, table: &str) -> String {
        if self.is_local { local(table) } else { table.to_owned() }
    }

    /// Returns a query of tables as it asks what of them is here.
    pub(crate) fn query(&self, query: &str) -> String {
        if self.is_local { local_query(query) } else { query.to_owned() }
    }
}

impl Servers {
    /// Names the servers of the settings without a look at any: a cluster's where `clickhouse.shards` is set.
    ///
    /// # Errors
    /// Where the variables about them are wrong.
    pub(crate) fn new(endpoints: &Endpoints) -> Result<Self> {
        let node = |url: &String| -> Result<Store> {
            // A change is done when every replica has it.
            Ok(Store::new(&endpoints.at(url))?.with_setting("alter_sync", "2"))
        };
        let replicas = |shard: &Vec<String>| shard.iter().map(node).collect::<Result<Vec<_>>>();
        let shards: Vec<Vec<Store>> = endpoints.shards()?.iter().map(replicas).collect::<Result<_>>()?;
        Ok(match shards.first().and_then(|replicas| replicas.first()) {
            Some(first) => Self { entry: first.clone(), shards },
            None => Self::one(Store::new(endpoints)?),
        })
    }

    /// Names the servers of the settings, and looks whether they are what the settings call them.
    ///
    /// # Errors
    /// Where a server is part of a cluster whose other servers are not named, or is another shard than it is called.
    pub(crate) async fn connect(endpoints: &Endpoints) -> Result<Self> {
        let servers = Self::new(endpoints)?;
        match (servers.shards.len(), servers.entry.is_of_a_cluster().await?) {
            (0, false) => Ok(servers),
            // A server that is all of them needs no cluster.
            (1, false) => Ok(Self::one(servers.entry)),
            (0, true) => bail!("{UNNAMED}"),
            (_, false) => bail!(
                "HEARKEN_CLICKHOUSE__SHARDS names several shards, and {} has no table that means all of them: run hearken migrate \
                 --cluster NAME first",
                servers.entry.url()
            ),
            (_, true) => {
                servers.are_what_they_were().await?;
                Ok(servers)
            }
        }
    }

    /// Takes one server that has everything.
    pub(crate) fn one(store: Store) -> Self {
        Self { entry: store, shards: Vec::new() }
    }

    /// Returns the server that is asked about everything.
    pub(crate) fn entry(&self) -> &Store {
        &self.entry
    }

    /// Whether there are shards.
    pub(crate) fn is_a_cluster(&self) -> bool {
        !self.shards.is_empty()
    }

    /// Returns every server.
    pub(crate) fn nodes(&self) -> Vec<&Store> {
        if self.is_a_cluster() { self.shards.iter().flatten().collect() } else { vec![&self.entry] }
    }

    /// Returns the servers at which rows are changed: of a shard the first, from which its other replicas have it.
    pub(crate) fn changed(&self) -> Vec<&Store> {
        if self.is_a_cluster() { self.shards.iter().map(|replicas| &replicas[0]).collect() } else { vec![&self.entry] }
    }

    /// Returns where the rows of a table are changed.
    pub(crate) fn pieces(&self, table: &str) -> Vec<Piece<'_>> {
        let servers = match Place::of(table) {
            Some(Place::Sharded(_) | Place::Derived | Place::Shard) => self.changed(),
            Some(Place::Node) => self.nodes(),
            Some(Place::Whole) | None => vec![&self.entry],
        };
        servers.into_iter().map(|store| self.piece(store, table)).collect()
    }

    /// Returns where the rows of a table with this id are changed.
    pub(crate) fn home(&self, table: &str, id: &Uuid) -> Piece<'_> {
        let changed = self.changed();
        self.piece(changed[of_id(id, changed.len())], table)
    }

    fn piece<'a>(&self, store: &'a Store, table: &str) -> Piece<'a> {
        let is_local = self.is_a_cluster();
        Piece { store, table: if is_local { local(table) } else { table.to_owned() }, is_local }
    }

    /// Says of which of several servers what follows is told.
    pub(crate) fn name(&self, store: &Store) {
        if self.is_a_cluster() {
            println!("{}:", store.url());
        }
    }

    /// Waits until every replica has what was written to the others.
    ///
    /// # Errors
    /// Where one cannot get it.
    pub(crate) async fn caught_up(&self) -> Result<()> {
        #[derive(Deserialize)]
        struct Replica {
            table: String,
        }
        let replicas =
            format!("SELECT table FROM system.replicas WHERE database = '{DATABASE}' AND total_replicas > 1");
        for node in self.nodes() {
            for Replica { table } in node.rows::<Replica>(&replicas).await? {
                let sync = format!("SYSTEM SYNC REPLICA {DATABASE}.{table} LIGHTWEIGHT");
                node.execute(&sync).await.with_context(|| {
                    format!("waiting until {} has all of {table} that was written to other replicas", node.url())
                })?;
            }
        }
        Ok(())
    }

    /// Holds what the sink noted on each server against what the settings make it.
    async fn are_what_they_were(&self) -> Result<()> {
        #[derive(Deserialize)]
        struct Noted {
            shard: usize,
            shards: usize,
        }
        for (number, store) in self.changed().into_iter().enumerate() {
            ensure!(
                store.is_of_a_cluster().await?,
                "{} has no feedback{LOCAL}: run hearken migrate first",
                store.url()
            );
            for noted in store.rows::<Noted>("SELECT DISTINCT shard, shards FROM placement").await? {
                ensure!(
                    (noted.shard, noted.shards) == (number, self.shards.len()),
                    "{} is written as shard {} of {}, and HEARKEN_CLICKHOUSE__SHARDS makes it shard {} of {}: it must be what the \
                     sink's clickhouse.shards is",
                    store.url(),
                    noted.shard + 1,
                    noted.shards,
                    number + 1,
                    self.shards.len()
                );
            }
        }
        Ok(())
    }
}

/// What to say where one server of several is named.
pub(crate) const UNNAMED: &str = "this server is part of a cluster: name all of its servers in HEARKEN_CLICKHOUSE__SHARDS, as the sink's \
                                  clickhouse.shards does (docs/operations.md, \"Cluster\")";

#[cfg(test)]
mod tests {
    use super::*;

    fn store(url: &str) -> Store {
        Store::new(&Endpoints::own("k:1".to_owned(), url.to_owned())).expect("a connection that is not made yet")
    }

    #[test]
    fn rows_are_changed_where_they_lie() {
        let one = Servers::one(store("http://a:1"));
        let shards = [["http://a:1", "http://b:1"], ["http://c:1", "http://d:1"]].map(|urls| urls.map(store).to_vec());
        let two = Servers { entry: shards[0][0].clone(), shards: shards.to_vec() };
        for (table, single, several) in [
            ("feedback", "a feedback", "a feedback_local, c feedback_local"),
            ("keyword_hour", "a keyword_hour", "a keyword_hour_local, c keyword_hour_local"),
            ("erasure_scope", "a erasure_scope", "a erasure_scope, c erasure_scope"),
            ("alerts", "a alerts", "a alerts"),
            (
                "customer_names",
                "a customer_names",
                "a customer_names, b customer_names, c customer_names, d customer_names",
            ),
        ] {
            for (servers, expected) in [(&one, single), (&two, several)] {
                let told = |piece: &Piece<'_>| format!("{} {}", &piece.store.url()[7..8], piece.table);
                let found: Vec<String> = servers.pieces(table).iter().map(told).collect();
                assert_eq!(found.join(", "), expected);
            }
        }
        let of = |servers: &Servers| servers.pieces("identities")[0].beside("customers");
        assert_eq!([of(&one), of(&two)], ["customers", "customers_local"]);
    }
}
