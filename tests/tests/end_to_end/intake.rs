//! Every other source: surveys, orders, visits and customers, with the untidiness of real ones.

use std::sync::PoisonError;

use hearken_runtime::outcome::Message;
use hearken_schemas::topics::{RAW_CHATS, RAW_CUSTOMERS, RAW_ORDERS, RAW_REVIEWS, RAW_SURVEYS, RAW_VISITS};
use hearken_tests::channels::{Draft, Fate};
use hearken_tests::cluster::{Cluster, shared};
use serde_json::{Value, json};

use crate::put;

#[test]
fn surveys_orders_visits_and_customers_reach_their_tables() {
    let shared = shared();
    let mut cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    a_survey_is_one_feedback_with_its_answers(&mut cluster);
    a_rating_without_words_says_no_feeling(&mut cluster);
    every_status_of_an_order_is_a_row_and_the_newest_one_counts(&mut cluster);
    a_visit_is_a_row_an_event(&mut cluster);
    merging_two_customers_moves_their_history_and_unmerging_moves_it_back(&mut cluster);
    a_customer_without_a_value_is_deleted(&mut cluster);
    a_chat_is_read_by_its_customer_and_names_are_gone(&mut cluster);
    a_day_is_a_day(&mut cluster);
}

fn send(cluster: &Cluster, topic: &'static str, id: &str, fields: Value) {
    let Value::Object(fields) = fields else { unreachable!("an object") };
    put(cluster, &Draft { topic, id: id.to_owned(), fields }.raw(Fate::Row));
}

fn a_survey_is_one_feedback_with_its_answers(cluster: &mut Cluster) {
    let response = |revision: u32, nps: u32, why: &str| {
        json!({
            "source": "survey-desk", "source_id": "s-1", "occurred_at": "2025-06-01T08:00:30Z", "revision": revision,
            "customer_id": "intake-1", "survey_id": "after-delivery", "survey_kind": "transactional",
            "sent_at": "2025-05-31T08:00:00Z",
            "answers": [{ "question_id": "recommend", "kind": "nps", "value": nps },
                        { "question_id": "easy", "kind": "ces", "value": 6, "scale_max": 7, "direction": "agree" },
                        { "question_id": "why", "kind": "text", "text": why }],
        })
    };
    send(cluster, RAW_SURVEYS, "s-1", response(1, 3, "快递太慢了，打13800138000也没人接。"));
    let answers = "SELECT question_id, kind, value, ifNull(text, '') FROM hearken.v_survey_answers \
                   WHERE survey_id = 'after-delivery' AND feedback_id IN \
                   (SELECT feedback_id FROM hearken.feedback WHERE source = 'survey-desk') ORDER BY question_id FORMAT TSV";
    cluster.wait_for(answers, "easy\tces\t6\t\nrecommend\tnps\t3\t\nwhy\ttext\t\\N\t快递太慢了，打[PHONE]也没人接。");
    let feedback = "SELECT channel, survey_kind, text, sentiment, toString(sent_at) FROM hearken.v_feedback \
                    WHERE source = 'survey-desk' FORMAT TSV";
    assert_eq!(
        cluster.sql(feedback),
        "survey\ttransactional\t快递太慢了，打[PHONE]也没人接。\tnegative\t2025-05-31 08:00:00.000"
    );
    // The customer thinks again: the answers follow.
    send(cluster, RAW_SURVEYS, "s-1", response(2, 9, "Problem solved, great service!"));
    cluster.wait_for(answers, "easy\tces\t6\t\nrecommend\tnps\t9\t\nwhy\ttext\t\\N\tProblem solved, great service!");
    let signed = "SELECT sum(sign * value) FROM hearken.survey_answers WHERE kind = 'nps' AND feedback_id IN \
                  (SELECT feedback_id FROM hearken.feedback WHERE source = 'survey-desk') FORMAT TSV";
    assert_eq!(cluster.sql(signed), "9");
}

fn a_rating_without_words_says_no_feeling(cluster: &mut Cluster) {
    let stars = json!({ "source": "star-shop", "source_id": "r-1", "occurred_at": "2025-06-01T08:00:30Z", "text": "",
                        "rating": { "value": 1, "scale_max": 5 } });
    send(cluster, RAW_REVIEWS, "r-1", stars);
    let row = "SELECT isNull(sentiment), rating_value, language FROM hearken.v_feedback WHERE source = 'star-shop' FORMAT TSV";
    cluster.wait_for(row, "1\t1\tund");
}

fn every_status_of_an_order_is_a_row_and_the_newest_one_counts(cluster: &mut Cluster) {
    let order = |status: &str, at: &str| {
        json!({
            "source": "shop", "order_id": "OV-intake-1", "customer_id": "intake-1", "status": status, "amount": 199.9,
            "currency": "cny", "occurred_at": "2025-05-30T10:00:00+08:00", "updated_at": at, "store_id": "s-9",
            "items": [{ "product_id": "p-1", "quantity": 2, "amount": 99.95 }],
        })
    };
    send(cluster, RAW_ORDERS, "OV-intake-1", order("Paid", "2025-05-30T10:00:05+08:00"));
    send(cluster, RAW_ORDERS, "OV-intake-1", order("refunded", "2025-06-02T10:00:00+08:00"));
    // What comes late does not become the newest.
    send(cluster, RAW_ORDERS, "OV-intake-1", order("shipped", "2025-05-31T10:00:00+08:00"));
    let states = "SELECT groupArray(status) FROM (SELECT status FROM hearken.orders WHERE order_id = 'OV-intake-1' ORDER BY updated_at)";
    cluster.wait_for(states, "['paid','shipped','refunded']");
    let newest = "SELECT status, amount, currency, items.quantity FROM hearken.v_orders WHERE order_id = 'OV-intake-1' FORMAT TSV";
    assert_eq!(cluster.sql(newest), "refunded\t199.9\tCNY\t[2]");
}

fn a_visit_is_a_row_an_event(cluster: &mut Cluster) {
    for (event, page) in [("view", "/p/1?token=abc"), ("add_to_cart", "/p/1")] {
        let visit = json!({ "source": "site", "visit_id": "v-intake-1", "visitor_id": "d-1", "customer_id": "匿名用户",
                            "occurred_at": 1_748_779_200, "event": event, "page": page, "dwell_ms": 1200 });
        send(cluster, RAW_VISITS, "v-intake-1", visit);
    }
    let rows = "SELECT event, page, isNull(customer_id), dwell_ms FROM hearken.visits WHERE visit_id = 'v-intake-1' ORDER BY event FORMAT TSV";
    cluster.wait_for(rows, "add_to_cart\t/p/1\t1\t1200\nview\t/p/1\t1\t1200");
}

fn merging_two_customers_moves_their_history_and_unmerging_moves_it_back(cluster: &mut Cluster) {
    let profile = |id: &str, at: &str, aliases: Value| {
        json!({ "source": "crm", "customer_id": id, "updated_at": at, "name": "Lin Qiao", "segment": "vip", "owner": "store-9",
                "consent": { "contact": true }, "aliases": aliases })
    };
    send(cluster, RAW_CUSTOMERS, "intake-1", profile("intake-1", "2025-01-01T00:00:00Z", json!([])));
    send(cluster, RAW_CUSTOMERS, "intake-2", profile("intake-2", "2025-01-01T00:00:00Z", json!([])));
    let whose = "SELECT resolved_customer_id FROM hearken.v_feedback_customers WHERE source = 'survey-desk' FORMAT TSV";
    cluster.wait_for(whose, "intake-1");
    let merged =
        json!([{ "type": "customer_id", "value": "intake-1" }, { "type": "phone", "value": "+86 138-0013-8000" }]);
    send(cluster, RAW_CUSTOMERS, "intake-2", profile("intake-2", "2025-02-01T00:00:00Z", merged));
    cluster.wait_for(whose, "intake-2");
    send(cluster, RAW_CUSTOMERS, "intake-2", profile("intake-2", "2025-03-01T00:00:00Z", json!([])));
    cluster.wait_for(whose, "intake-1");
    let personal = "SELECT count() FROM hearken.identities WHERE alias_key LIKE '%138%0013%'";
    assert_eq!(cluster.sql(personal), "0", "a phone number is stored as a keyed hash");
}

fn a_customer_without_a_value_is_deleted(cluster: &mut Cluster) {
    let there = "SELECT count() FROM hearken.v_customers WHERE customer_id = 'intake-2'";
    assert_eq!(cluster.sql(there), "1");
    let (topic, key) = (RAW_CUSTOMERS, Some(b"intake-2".to_vec()));
    let tombstone = Message { topic, partition: None, key, value: None, headers: Vec::new() };
    cluster.channels.put(&tombstone, "tombstone");
    cluster.wait_for(there, "0");
}

fn a_chat_is_read_by_its_customer_and_names_are_gone(cluster: &mut Cluster) {
    let chat = json!({
        "source": "desk", "source_id": "c-intake-1", "occurred_at": "2025-06-01T08:00:30Z", "agent_id": "a-7", "agent_name": "晓雯",
        "customer_name": "Lin Qiao",
        "turns": [{ "role": "bot", "text": "您好，很高兴为您服务！" }, { "role": "customer", "text": "晓雯的态度太差了！" },
                  { "role": "agent", "text": "Lin Qiao您好，我是晓雯，非常棒的活动。" }],
    });
    send(cluster, RAW_CHATS, "c-intake-1", chat);
    let row = "SELECT text, sentiment, turns.text[3], isNotNull(agent_key), redactions FROM hearken.v_feedback WHERE source_id = 'c-intake-1' FORMAT TSV";
    cluster.wait_for(row, "[NAME]的态度太差了！\tnegative\t[NAME]您好，我是[NAME]，非常棒的活动。\t1\t3");
}

fn a_day_is_a_day(cluster: &mut Cluster) {
    for (id, time) in [("day", json!("2025-06-03")), ("unknown", Value::Null)] {
        let review = json!({ "source": "export-kr", "source_id": id, "occurred_at": time, "brand": "Daylight", "text": "좋아요",
                             "time_precision": if id == "unknown" { json!("unknown") } else { Value::Null } });
        send(cluster, RAW_REVIEWS, id, review);
    }
    // No zone is known for this source, so the date is refused; the record that says that it knows no time is not.
    let refused =
        "SELECT count() FROM hearken.dead_letters WHERE reason = 'invalid_time' AND excerpt LIKE '%export-kr%'";
    cluster.wait_for(refused, "1");
    let rows = "SELECT source_id, time_precision, occurred_at = received_at FROM hearken.v_feedback WHERE source = 'export-kr' FORMAT TSV";
    cluster.wait_for(rows, "unknown\tunknown\t1");
    assert_eq!(cluster.sql("SELECT count() FROM hearken.feedback_minute WHERE brand = 'Daylight'"), "0");
}
