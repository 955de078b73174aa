//! The sink: an enriched feedback or an operation, to its row and its block; an erasure, to the list that judges both.

use hearken_schemas::enrichment::Enriched;
use hearken_schemas::envelope::{self, Origin};
use hearken_schemas::erasure::{Erasure, Erasures, Named};
use hearken_schemas::operation::Operation;
use hearken_schemas::topics;
use hearken_sink::block::Rows;
use hearken_sink::row::{At, FeedbackRow, Input, OutcomeKind, OutcomeRow, StateRow};

/// Promises: what can be read becomes a row, the row a block, and the row that takes it back another; a refusal names no value.
pub fn run(value: &[u8]) {
    let src = Origin { topic: topics::RAW_REVIEWS.to_owned(), partition: 0, offset: 7, timestamp_ms: 1, crc: 2 };
    let at = At { topic: topics::ENRICHED.to_owned(), partition: 1, offset: 9 };
    let mut erasures = Erasures::default();
    if let Ok(erasure) = envelope::parse::<Erasure>(Some(value)) {
        erasures.add(0, &erasure);
        erasures.reach(1);
        let named =
            Named { subjects: vec![erasure.subject], at_ms: erasure.until.as_millisecond(), only_deletes: false };
        assert!(erasures.erases(&named, 1) && !erasures.erases(&named, 0), "an erasure holds from its offset on");
    }
    if let Ok(enriched) = envelope::parse::<Enriched>(Some(value)) {
        assert!(!erasures.erases(&Named::of_feedback(&enriched.feedback), 1), "nobody asked for that");
        let row = FeedbackRow::new(enriched, 1_768_435_200_000, &src, &at);
        let back = row.taken_back(Input { at: at.clone(), epoch: 3 });
        assert_eq!((row.sign, back.sign), (1, -1));
        assert!(row.bytes() > 0);
        outcome(&StateRow::Feedback(Box::new(row.clone())));
        Rows::Feedback(vec![row, back]).block().expect("a feedback becomes a block");
    }
    if let Ok(operation) = envelope::parse::<Operation>(Some(value)) {
        let row = StateRow::of_operation(operation, &src, &at);
        outcome(&row);
        let rows = match row {
            StateRow::Feedback(row) => Rows::Feedback(vec![*row]),
            StateRow::Order(row) => Rows::Orders(vec![*row]),
            StateRow::Visit(row) => Rows::Visits(vec![*row]),
            StateRow::Customer(row) => Rows::Customers(vec![*row]),
        };
        rows.block().expect("an operation becomes a block");
    }
}

fn outcome(row: &StateRow) {
    assert_eq!(row.state().id, row.id());
    let outcome = OutcomeRow::new(OutcomeKind::Repeat, row);
    Rows::Outcomes(vec![outcome]).block().expect("an outcome becomes a block");
}
