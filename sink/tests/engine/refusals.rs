//! What ClickHouse refuses, and what that leaves behind.

use std::time::Duration;

use hearken_sink::block::Rows;
use hearken_sink::protocol::Refusal;
use hearken_sink::row::FeedbackRow;
use serde_json::json;
use uuid::Uuid;

use crate::{Engine, least_feedback};

fn feedback(id: u128, likes: u64) -> FeedbackRow {
    FeedbackRow { feedback_id: Uuid::from_u128(id), likes: Some(likes), ..least_feedback() }
}

#[tokio::test]
async fn a_row_that_a_constraint_forbids_is_to_blame_and_nothing_of_its_block_is_written() {
    let engine = Engine::start().await;
    engine.execute("ALTER TABLE feedback ADD CONSTRAINT few_likes CHECK likes < 1000").await;
    let block = Rows::Feedback(vec![feedback(1, 1), feedback(2, 5_000), feedback(3, 3)]).block().expect("a block");
    let refusal = engine.clickhouse.insert(&block, "0:test:t:0:0-2").await.expect_err("it violates the constraint");
    assert!(matches!(&refusal, Refusal::Undecodable(why) if why == "469 VIOLATED_CONSTRAINT"), "{refusal:?}");
    assert_eq!(engine.lines("SELECT feedback_id FROM feedback").await, Vec::<serde_json::Value>::new());

    let block = Rows::Feedback(vec![feedback(1, 1)]).block().expect("a block");
    engine.clickhouse.insert(&block, "0:test:t:0:0-2").await.expect("the token was not used up");
    assert_eq!(engine.lines("SELECT toUInt8(count()) AS n FROM feedback").await, [json!({"n": 1})]);
}

#[tokio::test]
async fn a_view_that_fails_is_completed_by_the_same_block_once_it_is_mended() {
    let engine = Engine::start().await;
    let failing = "CREATE MATERIALIZED VIEW failing TO superseded AS \
                   SELECT feedback_id, version + throwIf(likes = 7) AS version FROM feedback";
    engine.execute(failing).await;
    let block = Rows::Feedback(vec![feedback(1, 7), feedback(2, 2)]).block().expect("a block");
    let mend = async {
        tokio::time::sleep(Duration::from_millis(400)).await;
        engine.execute("DROP VIEW failing").await;
    };
    let (inserted, ()) = tokio::join!(engine.clickhouse.insert(&block, "0:test:t:0:0-1"), mend);
    inserted.expect("the view is gone and the block is whole");
    let counts = "SELECT toUInt8((SELECT count() FROM feedback)) AS rows, \
                  toUInt8((SELECT sum(feedback) FROM feedback_minute)) AS minutes";
    assert_eq!(engine.lines(counts).await, [json!({"rows": 2, "minutes": 2})]);
}

#[tokio::test]
async fn a_server_that_lacks_a_column_or_is_too_old_is_refused_at_the_start() {
    let engine = Engine::start().await;
    engine.execute("ALTER TABLE outcomes DROP COLUMN in_epoch").await;
    let error = engine.clickhouse.ready(Duration::from_secs(5)).await.expect_err("a column is missing");
    let message = format!("{error:#}");
    assert!(
        message.contains("outcomes") && message.contains("in_epoch") && message.contains("hearken migrate"),
        "{message}"
    );
}
