//! An oracle that cannot fail proves nothing: damage done by hand is noticed by both audits.

use hearken_audit::{Kind, Ledger, audit};
use hearken_tests::cluster::Cluster;
use serde_json::Value;

use crate::first_findings;

/// Damage done by hand, as each kind would be seen, and undone again.
struct Damage {
    done: &'static [&'static str],
    undone: &'static [&'static str],
    /// What the audit must find, and nothing else.
    kind: Kind,
    /// The check of `hearken verify` that must fail.
    check: &'static str,
}

const DAMAGES: [Damage; 7] = [
    Damage {
        done: &[
            "CREATE TABLE hearken.kept ENGINE = Memory AS SELECT * FROM hearken.outcomes WHERE (src_topic, src_partition, src_offset) \
             IN (SELECT src_topic, src_partition, src_offset FROM hearken.outcomes WHERE kind = 'repeat' LIMIT 1)",
            "DELETE FROM hearken.outcomes WHERE (src_topic, src_partition, src_offset) \
             IN (SELECT src_topic, src_partition, src_offset FROM hearken.kept)",
        ],
        undone: &["INSERT INTO hearken.outcomes SELECT * FROM hearken.kept", "DROP TABLE hearken.kept"],
        kind: Kind::LostWrite,
        check: "raw records without an outcome (lost write)",
    },
    Damage {
        done: &[
            "INSERT INTO hearken.dead_letters SELECT * REPLACE ('by hand' AS detail) FROM hearken.dead_letters LIMIT 1",
        ],
        undone: &["DELETE FROM hearken.dead_letters WHERE detail = 'by hand'"],
        kind: Kind::Duplicate,
        check: "dead letters with two rows",
    },
    Damage {
        done: &[
            "INSERT INTO hearken.outcomes SELECT 'by hand', feedback_id AS record_id, version, received_at, now64(3), src_topic, \
                 src_partition, src_offset, in_topic, in_partition, in_offset, in_epoch, crc FROM hearken.feedback WHERE sign = 1 LIMIT 1",
        ],
        undone: &["DELETE FROM hearken.outcomes WHERE kind = 'by hand'"],
        kind: Kind::TwoOutcomes,
        check: "raw records with two different outcomes",
    },
    Damage {
        done: &[
            "INSERT INTO hearken.survey_answers (feedback_id, version, sign, kind, text) VALUES (generateUUIDv4(), 1, 1, 'text', 'by hand')",
        ],
        undone: &["DELETE FROM hearken.survey_answers WHERE text = 'by hand'"],
        kind: Kind::Inconsistent,
        check: "answers that differ from the responses' own",
    },
    Damage {
        done: &[
            "INSERT INTO hearken.orders SELECT * REPLACE ('by hand' AS status, -1 AS in_offset) FROM hearken.orders LIMIT 1",
        ],
        undone: &[
            "DELETE FROM hearken.orders WHERE status = 'by hand'",
            "DELETE FROM hearken.states WHERE of_table = 'orders' AND in_offset = -1",
        ],
        kind: Kind::Duplicate,
        check: "orders with two rows of one state",
    },
    // Not the number of the next one: ClickHouse takes two blocks with the same values for one, whatever columns they name.
    Damage {
        done: &[
            "INSERT INTO hearken.feedback_minute (minute, brand, channel, journey_stage, churn) VALUES (60, 'x', 'y', 'z', 2)",
        ],
        undone: &[
            "INSERT INTO hearken.feedback_minute (minute, brand, channel, journey_stage, churn) VALUES (60, 'x', 'y', 'z', -2)",
        ],
        kind: Kind::Inconsistent,
        check: "cells of feedback_minute that differ from the rows",
    },
    Damage {
        done: &[
            "INSERT INTO hearken.feedback_minute (minute, brand, channel, journey_stage, feedback) VALUES (60, 'x', 'y', 'z', 1)",
        ],
        undone: &[
            "INSERT INTO hearken.feedback_minute (minute, brand, channel, journey_stage, feedback) VALUES (60, 'x', 'y', 'z', -1)",
        ],
        kind: Kind::Inconsistent,
        check: "cells of feedback_minute that differ from the rows",
    },
];

/// An audit that cannot fail proves nothing: both must see damage, and both must be content when it is mended.
pub(crate) fn damage_is_noticed(cluster: &Cluster, ledger: &Ledger) {
    for damage in &DAMAGES {
        damage.done.iter().for_each(|statement| _ = cluster.sql(statement));
        let mut kinds: Vec<Kind> = audit(ledger, &cluster.url()).unwrap().iter().map(|finding| finding.kind).collect();
        kinds.dedup();
        assert_eq!(kinds, [damage.kind], "{:?}", damage.done);
        let verified = cluster.hearken(&["verify", "--json", "--wait", "10"]);
        assert_eq!(verified.code, Some(1), "{}", verified.out);
        assert_eq!(failed_checks(&verified.out), [damage.check]);
        damage.undone.iter().for_each(|statement| _ = cluster.sql(statement));
    }
    a_lost_state_is_noticed(cluster);
    assert_eq!(first_findings(ledger, cluster), Vec::<String>::new());
    assert_eq!(cluster.hearken(&["verify", "--wait", "10"]).code, Some(0));
}

/// What the sink looks up is no outcome: the ledger's audit does not ask for it, `hearken verify` does.
fn a_lost_state_is_noticed(cluster: &Cluster) {
    cluster.sql(
        "CREATE TABLE hearken.kept ENGINE = Memory AS SELECT * FROM hearken.states WHERE of_table = 'visits' LIMIT 1",
    );
    cluster.sql("DELETE FROM hearken.states WHERE id IN (SELECT id FROM hearken.kept)");
    let verified = cluster.hearken(&["verify", "--json", "--wait", "10"]);
    assert_eq!(failed_checks(&verified.out), ["states that differ from the tables' rows"]);
    cluster.sql("INSERT INTO hearken.states SELECT * FROM hearken.kept");
    cluster.sql("DROP TABLE hearken.kept");
}

fn failed_checks(verified: &str) -> Vec<String> {
    let answer: Value = serde_json::from_str(verified).unwrap();
    let failed = answer["checks"].as_array().unwrap().iter().filter(|check| check["ok"] == false);
    failed.map(|check| check["name"].as_str().unwrap().to_owned()).collect()
}
