//! Every table that may hold something of a customer, and every one that cannot, with the reason. Pure.

use uuid::Uuid;

use super::terms::Terms;
use crate::servers::Piece;

/// A table and which of its rows go.
pub(super) struct Place {
    /// The table.
    pub(super) table: &'static str,
    /// The condition.
    condition: fn(&Terms, &Scope) -> String,
}

/// What an erasure is about, as sub-selects of `erasure_scope`.
pub(super) struct Scope {
    request: Uuid,
    /// What the profiles are called that lie beside the rows in question.
    profiles: String,
}

impl Scope {
    /// Takes the scope of a request for the rows of one piece.
    pub(super) fn of(request: Uuid, piece: &Piece<'_>) -> Self {
        Self { request, profiles: piece.beside(PROFILES.table) }
    }

    fn select(&self, column: &str, kinds: &str) -> String {
        format!("SELECT {column} FROM erasure_scope WHERE request_id = '{}' AND kind IN ({kinds})", self.request)
    }

    /// Returns ids of these kinds.
    pub(super) fn ids(&self, kinds: &str) -> String {
        self.select("toUUID(name)", kinds)
    }

    /// Returns ids of these kinds, or coordinates, as texts.
    pub(super) fn names(&self, kinds: &str) -> String {
        self.select("name", kinds)
    }

    /// Returns the states of feedback: ids and versions.
    pub(super) fn states(&self) -> String {
        self.select("toUUID(name), version", "'feedback'")
    }
}

impl Place {
    /// Returns which rows go.
    pub(super) fn condition(&self, terms: &Terms, scope: &Scope) -> String {
        (self.condition)(terms, scope)
    }
}

/// In the order they are deleted: what is found by another table goes before that one, profiles last, because they say who is who.
pub(super) const PLACES: [Place; 17] = [
    Place { table: "deliveries", condition: |_, scope| format!("message_id IN ({})", scope.ids("'message'")) },
    Place { table: "messages", condition: |_, scope| format!("message_id IN ({})", scope.ids("'message'")) },
    Place {
        table: "case_events",
        condition: |_, scope| {
            format!(
                "case_id IN ({}) OR ifNull(alert_id, toUUID('{}')) IN ({})",
                scope.ids("'case'"),
                Uuid::nil(),
                scope.ids("'alert'")
            )
        },
    },
    Place {
        table: "audit_log",
        condition: |_, scope| format!("ifNull(case_id, toUUID('{}')) IN ({})", Uuid::nil(), scope.ids("'case'")),
    },
    Place { table: "cases", condition: |_, scope| format!("case_id IN ({})", scope.ids("'case'")) },
    Place { table: "alerts", condition: |_, scope| format!("alert_id IN ({})", scope.ids("'alert'")) },
    Place { table: "customer_standing", condition: |terms, _| format!("customer_key IN ({})", terms.customers()) },
    Place {
        table: "customer_names",
        condition: |terms, _| {
            format!("customer_key IN ({0}) OR name IN ({0}) OR name IN ({1})", terms.customers(), terms.authors())
        },
    },
    Place {
        table: "dead_letters",
        condition: |_, scope| {
            let names = scope.names("'letter'");
            format!("concat(at_topic, ':', toString(at_partition), ':', toString(at_offset)) IN ({names})")
        },
    },
    Place {
        table: "outcomes",
        condition: |_, scope| {
            format!("kind != 'erased' AND record_id IN ({})", scope.ids("'feedback', 'order', 'visit', 'profile'"))
        },
    },
    Place { table: "survey_answers", condition: |_, scope| format!("(feedback_id, version) IN ({})", scope.states()) },
    Place { table: "superseded", condition: |_, scope| format!("(feedback_id, version) IN ({})", scope.states()) },
    Place {
        table: "states",
        condition: |_, scope| {
            format!("(id, version) IN ({}) OR id IN ({})", scope.states(), scope.ids("'order', 'visit', 'profile'"))
        },
    },
    Place { table: "feedback", condition: |_, scope| format!("(feedback_id, version) IN ({})", scope.states()) },
    Place { table: "orders", condition: |_, scope| format!("record_id IN ({})", scope.ids("'order'")) },
    Place { table: "visits", condition: |_, scope| format!("record_id IN ({})", scope.ids("'visit'")) },
    Place {
        table: "identities",
        condition: |terms, scope| {
            format!(
                "(customer_id, id_namespace, valid_from) IN \
                 (SELECT customer_id, id_namespace, updated_at FROM {} WHERE record_id IN ({})) OR {}",
                scope.profiles,
                scope.ids("'profile'"),
                terms.identities()
            )
        },
    },
];

/// The last one: by it everything else is found.
pub(super) const PROFILES: Place =
    Place { table: "customers", condition: |_, scope| format!("record_id IN ({})", scope.ids("'profile'")) };

#[cfg(test)]
mod tests {
    use hearken_schemas::tables::OBJECTS;

    use super::*;

    /// A column that may say of whom a row is.
    const TELLING: [&str; 18] = [
        "customer_id",
        "customer_key",
        "author_key",
        "feedback_id",
        "record_id",
        "case_id",
        "alert_id",
        "message_id",
        "event_id",
        "subject",
        "excerpt",
        "text",
        "notice",
        "note",
        "name",
        "alias_key",
        "visitor_id",
        "id",
    ];

    /// Tables with such a column and nothing of any customer.
    const FREE: [(&str, &str); 9] = [
        ("brands", "name is a brand's"),
        ("sources", "name is a source's, which the company gives"),
        ("products", "name and id are a product's"),
        ("places", "name and id are a place's"),
        ("touchpoints", "name is a touchpoint's"),
        ("indicators", "name is a figure's"),
        ("calendar", "name is a holiday's"),
        ("actions", "note is the company's, of what it did"),
        ("erasure_scope", "emptied of a request when it is finished"),
    ];

    #[test]
    fn every_table_that_could_name_a_customer_is_erased_or_says_why_not() {
        let erased: Vec<&str> = PLACES.iter().chain([&PROFILES]).map(|place| place.table).collect();
        for object in OBJECTS.iter().filter(|object| object.is_table()) {
            let telling = object.columns().iter().any(|column| TELLING.contains(&column.name));
            let free = FREE.iter().any(|(table, _)| *table == object.name());
            let is_erased = erased.contains(&object.name());
            assert!(!telling || free || is_erased, "{} may hold something of a customer", object.name());
            assert!(!(free && is_erased), "{} is both", object.name());
        }
        for table in erased.iter().chain(FREE.iter().map(|(table, _)| table)) {
            assert!(OBJECTS.iter().any(|object| object.name() == *table), "there is no {table}");
        }
    }
}
