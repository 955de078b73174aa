//! Knowing a record by its source and id.

use serde_json::Value;

use crate::replay::Kind;

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) source: String,
    pub(super) id: String,
}

impl Wanted {
    /// Tells whether a raw record carries this source and id.
    ///
    /// A record that is no JSON is taken where it names both in quotes; one without a value where its key names the customer.
    pub(super) fn is(&self, kind: Kind, key: Option<&[u8]>, value: Option<&[u8]>) -> bool {
        let Some(value) = value else {
            let key = key.map(String::from_utf8_lossy).unwrap_or_default();
            return kind == Kind::Customers
                && (key == self.id || key.rsplit_once('/').is_some_and(|(_, id)| id == self.id));
        };
        let text = String::from_utf8_lossy(value);
        // Most records are other ones; an escape may hide the id from a plain look.
        if !text.contains(&self.id) && !text.contains('\\') {
            return false;
        }
        match serde_json::from_str::<Value>(&text) {
            Ok(record) => self.same(&record["source"], &self.source) && self.same(&record[kind.id_field()], &self.id),
            Err(_) => [&self.source, &self.id].iter().all(|name| text.contains(&format!("\"{name}\""))),
        }
    }

    fn same(&self, found: &Value, wanted: &str) -> bool {
        match found {
            Value::String(text) => text.trim() == wanted,
            Value::Number(number) => number.to_string() == wanted,
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_known_by_source_and_id() {
        let wanted = Wanted { source: "shop".to_owned(), id: "好1".to_owned() };
        for (kind, key, value, is) in [
            (Kind::Reviews, None, Some(r#"{"source": "shop", "source_id": "好1"}"#), true),
            (Kind::Reviews, None, Some(r#"{"source": "shop", "source_id": " \u597d1 "}"#), true),
            (Kind::Reviews, None, Some(r#"{"source": "shop", "source_id": "好12"}"#), false),
            (Kind::Reviews, None, Some(r#"{"source": "other", "source_id": "好1"}"#), false),
            (Kind::Reviews, None, Some(r#"{"source": "shop", "source_id": "2", "text": "好1"}"#), false),
            (Kind::Orders, None, Some(r#"{"source": "shop", "order_id": "好1"}"#), true),
            (Kind::Orders, None, Some(r#"{"source": "shop", "source_id": "好1"}"#), false),
            (Kind::Chats, None, Some(r#"{"source": "shop", "source_id": "好1", "tur"#), true),
            (Kind::Chats, None, Some("好1"), false),
            (Kind::Chats, None, Some("[1]"), false),
            (Kind::Customers, Some("crm/好1"), None, true),
            (Kind::Customers, Some("好1"), None, true),
            (Kind::Customers, Some("crm/好12"), None, false),
            (Kind::Reviews, Some("好1"), None, false),
        ] {
            assert_eq!(
                wanted.is(kind, key.map(str::as_bytes), value.map(str::as_bytes)),
                is,
                "{kind:?} {key:?} {value:?}"
            );
        }
    }

    #[test]
    fn a_number_is_an_id_too() {
        let wanted = Wanted { source: "shop".to_owned(), id: "7".to_owned() };
        assert!(wanted.is(Kind::Visits, None, Some(br#"{"source": "shop", "visit_id": 7}"#)));
    }
}
