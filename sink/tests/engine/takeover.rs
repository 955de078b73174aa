//! What a member asks ClickHouse when it takes a partition over.

use std::collections::BTreeSet;
use std::time::Duration;

use hearken_sink::block::Rows;
use hearken_sink::loading::{Loaded, load};
use hearken_sink::protocol::Place;
use hearken_sink::row::FeedbackRow;
use uuid::Uuid;

use crate::{Engine, least_feedback};

fn place(partition: i32) -> Place {
    Place { topic: "feedback.enriched.v1".to_owned(), partition, group: "g".to_owned() }
}

/// Puts a feedback of each id into a partition.
async fn written(engine: &Engine, in_partition: i32, in_epoch: u32, ids: std::ops::Range<u128>) {
    let row = |id| FeedbackRow { feedback_id: Uuid::from_u128(id), in_partition, in_epoch, ..least_feedback() };
    engine.insert(&Rows::Feedback(ids.map(row).collect())).await;
}

#[tokio::test]
async fn the_next_epoch_follows_every_one_that_has_a_row() {
    let engine = Engine::start().await;
    written(&engine, 4, 3, 0..2).await;
    for (partition, epoch) in [(4, 4), (5, 0)] {
        assert_eq!(engine.clickhouse.next_epoch(&place(partition)).await.expect("an epoch"), epoch, "{partition}");
    }
}

#[tokio::test]
async fn the_filter_is_loaded_with_the_ids_of_its_partition() {
    let engine = Engine::start().await;
    let wide = u128::MAX - 200_000;
    written(&engine, 0, 0, wide..wide + 70_000).await;
    written(&engine, 1, 0, 0..3).await;
    let mut pieces = load(&engine.clickhouse, &place(0), Duration::ZERO);
    let mut ids = BTreeSet::new();
    loop {
        match pieces.recv().await.expect("it does not break off") {
            Loaded::Room(known, go) => {
                assert_eq!(known, 70_000);
                go.send(()).expect("somebody waits");
            }
            Loaded::Ids(some) => ids.extend(some),
            Loaded::All => break,
            Loaded::Failed => panic!("loading failed"),
        }
    }
    assert_eq!(ids, (wide..wide + 70_000).map(Uuid::from_u128).collect());
}
