//! Terms against the window before, and the cloud of words.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::fixture::{check, edit, feedback, shared, with};

/// So many messages with these terms, in the hour.
fn messages(first: u64, hour: &str, terms: &[&str], count: u64, fields: &Value) -> Vec<Value> {
    let row = |number| {
        let message = json!({
            "brand": "Trends", "occurred_at": format!("2025-06-{hour}:10:00.000"), "keywords.term": terms, "keywords.stem": terms,
            "keywords.score": terms.iter().map(|_| 1).collect::<Vec<_>>(),
        });
        with(feedback(number, message), fields.clone())
    };
    (first..first + count).map(row).collect()
}

#[test]
fn a_term_rises_falls_comes_and_goes() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let plain = json!({});
    let mut rows = [
        messages(22_000, "01 23", &["long before"], 5, &plain),
        messages(22_010, "02 10", &["tea", "box"], 40, &plain),
        messages(22_060, "02 10", &["tea", "queue"], 60, &plain),
        messages(22_200, "03 10", &["tea", "box"], 10, &plain),
        messages(22_220, "03 10", &["tea", "app"], 40, &json!({ "sentiment": "negative" })),
        messages(22_270, "03 10", &["tea"], 50, &json!({ "sentiment": "positive" })),
        messages(22_330, "04 00", &["too late"], 5, &plain),
        messages(22_340, "03 10", &["elsewhere"], 5, &json!({ "brand": "Rival" })),
    ]
    .concat();
    // Said of the box, and then of something else: only what it says now counts.
    let reworded = messages(22_350, "03 11", &["box"], 1, &plain).remove(0);
    rows.extend([reworded.clone()]);
    rows.extend(edit(&reworded, json!({ "keywords.term": ["app"], "keywords.stem": ["app"] })));
    database.insert("feedback", &rows);
    check(
        &database,
        "SELECT term, n, previous_n, round(share, 4), round(previous_share, 4), round(change, 4), trend, round(z, 2) \
         FROM hearken.v_keyword_trends(from = '2025-06-03 00:00:00', until = '2025-06-04 00:00:00') \
         WHERE brand IN ('Trends', 'Rival') AND term != 'elsewhere' ORDER BY term",
        &[
            "app 41 0 0.4059 0 0.4059 new 7.14",
            "box 10 40 0.099 0.4 -0.301 falling -4.94",
            "queue 0 60 0 0.6 -0.6 gone -9.29",
            "tea 100 100 0.9901 1 -0.0099 steady -1",
        ],
    );
    // Nothing was said in the window before: nothing can be said of a change.
    check(
        &database,
        "SELECT term, n, previous_n, share, previous_share, change, trend, z \
         FROM hearken.v_keyword_trends(from = '2025-06-01 00:00:00', until = '2025-06-02 00:00:00') WHERE brand = 'Trends'",
        &[r"long before 5 0 1 \N \N \N \N"],
    );
}

#[test]
fn a_cloud_has_sizes_and_colours() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let cloud = json!({ "brand": "Cloud" });
    let coloured = |sentiment: &str| with(cloud.clone(), json!({ "sentiment": sentiment }));
    let many: Vec<String> = (0..120).map(|number| format!("rare {number:03}")).collect();
    let mut rows = [
        messages(22_400, "10 10", &["great"], 8, &coloured("positive")),
        messages(22_420, "10 10", &["slow"], 2, &coloured("negative")),
        messages(22_430, "10 10", &["slow"], 2, &coloured("positive")),
    ]
    .concat();
    for (number, term) in (22_500..).zip(&many) {
        rows.extend(messages(number, "10 10", &[term], 1, &cloud));
    }
    database.insert("feedback", &rows);
    let asked =
        "hearken.v_word_cloud(from = '2025-06-10 00:00:00', until = '2025-06-11 00:00:00') WHERE brand = 'Cloud'";
    check(
        &database,
        &format!("SELECT term, n, round(weight, 3), net, size, rank FROM {asked} AND rank <= 3 ORDER BY rank"),
        &["great 8 1 1 64 1", "slow 4 0.616 0 52.8 2", "rare 000 1 0.214 0 36 3"],
    );
    check(&database, &format!("SELECT count(), min(size) >= 12, max(size) FROM {asked}"), &["100 1 64"]);
}
