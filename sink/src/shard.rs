//! Which shard a row lies on: it follows from what names the row and from the number of shards, and from nothing else.
//!
//! CRC-32 of the id as text, modulo the number of shards; SQL says the same (`CRC32(toString(feedback_id)) % shards`), and the
//! Distributed tables are sharded by it. So a state, its edits and whatever takes it back lie together, a retry of a range
//! makes the same block for the same shard, and a look-up asks the one shard that can know.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::block::Rows;
use crate::protocol::Refusal;
use crate::row::At;

/// Returns the shard of whatever bears this id, counted from 0.
pub fn of_id(id: &Uuid, shards: usize) -> usize {
    let mut text = Uuid::encode_buffer();
    of_text(id.hyphenated().encode_lower(&mut text), shards)
}

/// Returns the shard of the dead letter of the record at these coordinates.
pub fn of_letter(at: &At, shards: usize) -> usize {
    of_text(&format!("{}:{}:{}", at.topic, at.partition, at.offset), shards)
}

fn of_text(text: &str, shards: usize) -> usize {
    crc32fast::hash(text.as_bytes()) as usize % shards.max(1)
}

/// Divides things among shards, each in its order; shards that get nothing are left out.
pub fn divided<T>(things: impl IntoIterator<Item = T>, of: impl Fn(&T) -> usize) -> Vec<(usize, Vec<T>)> {
    let mut shares: BTreeMap<usize, Vec<T>> = BTreeMap::new();
    for thing in things {
        shares.entry(of(&thing)).or_default().push(thing);
    }
    shares.into_iter().collect()
}

/// Divides the rows of one table into a block for each shard.
pub fn blocks(rows: &Rows, shards: usize) -> Vec<(usize, Rows)> {
    fn share<T: Clone>(rows: &[T], of: impl Fn(&T) -> usize, wrap: fn(Vec<T>) -> Rows) -> Vec<(usize, Rows)> {
        divided(rows.iter().cloned(), of).into_iter().map(|(shard, rows)| (shard, wrap(rows))).collect()
    }
    match rows {
        Rows::Feedback(rows) => share(rows, |row| of_id(&row.feedback_id, shards), Rows::Feedback),
        Rows::Orders(rows) => share(rows, |row| of_id(&row.record_id, shards), Rows::Orders),
        Rows::Visits(rows) => share(rows, |row| of_id(&row.record_id, shards), Rows::Visits),
        Rows::Customers(rows) => share(rows, |row| of_id(&row.record_id, shards), Rows::Customers),
        Rows::Outcomes(rows) => share(rows, |row| of_id(&row.record_id, shards), Rows::Outcomes),
        Rows::DeadLetters(rows) => share(rows, |row| of_letter(&row.at, shards), Rows::DeadLetters),
    }
}

/// Returns what the answers of all shards come to. A failure goes before a block that cannot be read: whether a shard that
/// failed took its block is not known, and then the range must be written again as it was, never cut in pieces.
///
/// # Errors
/// The first failure, else the first block that cannot be read.
pub fn verdict(answers: Vec<Result<(), Refusal>>) -> Result<(), Refusal> {
    let (mut failed, mut undecodable) = (None, None);
    for refusal in answers.into_iter().filter_map(Result::err) {
        match refusal {
            Refusal::Failed(_) => failed = failed.or(Some(refusal)),
            Refusal::Undecodable(_) => undecodable = undecodable.or(Some(refusal)),
        }
    }
    failed.or(undecodable).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_follows_from_the_text_of_the_id() {
        // As `CRC32('…') % n` in ClickHouse answers.
        let id: Uuid = "c4f6d6f0-5f0c-4e49-9f0e-0a2f6ce1d6ab".parse().expect("an id");
        assert_eq!([1, 2, 3, 4, 7].map(|shards| of_id(&id, shards)), [1, 2, 3, 4, 7].map(|n| 677_301_145_usize % n));
        let at = At { topic: "t".to_owned(), partition: 1, offset: 23 };
        assert_eq!(of_letter(&at, 1_000), crc32fast::hash(b"t:1:23") as usize % 1_000);
    }

    #[test]
    fn shards_get_about_as_much_each_and_keep_the_order() {
        let ids: Vec<Uuid> = (0..30_000_u128).map(|n| Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes())).collect();
        let shares = divided(ids.iter(), |id| of_id(id, 3));
        assert_eq!(shares.iter().map(|(shard, _)| *shard).collect::<Vec<_>>(), [0, 1, 2]);
        for (_, share) in &shares {
            assert!((9_500..10_500).contains(&share.len()), "{}", share.len());
            let places = share.iter().map(|id| ids.iter().position(|other| other == *id));
            assert!(places.take(50).is_sorted());
        }
        assert_eq!(divided([1, 2], |_| 4), [(4, vec![1, 2])]);
    }

    #[test]
    fn a_failure_goes_before_a_block_that_cannot_be_read() {
        let undecodable = || Err(Refusal::Undecodable("6".to_owned()));
        let failed = || Err(Refusal::Failed(anyhow::anyhow!("gone")));
        for (answers, expected) in [
            (vec![Ok(()), Ok(())], "fine"),
            (vec![Ok(()), undecodable()], "6"),
            (vec![undecodable(), Ok(()), failed()], "gone"),
            (vec![failed(), undecodable()], "gone"),
        ] {
            let found = verdict(answers).err().map_or("fine".to_owned(), |refusal| refusal.to_string());
            assert_eq!(found, expected);
        }
    }
}
