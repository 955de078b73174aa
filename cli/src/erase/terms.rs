//! Which rows name somebody, in SQL. Pure.
//!
//! The same test as ingest's and the sink's (`hearken_schemas::erasure`): named, and happened or received at or before `until`.

use hearken_schemas::topics::ERASURES;
use jiff::Timestamp;

use super::closure::Names;
use crate::store::quoted;

/// Whom rows must name, and until when.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    customers: String,
    authors: String,
    claims: String,
    excerpts: Vec<String>,
    until: String,
}

/// Returns texts as a list for `IN`; one that nothing equals where there are none.
pub(super) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    if names.is_empty() { "'\\0'".to_owned() } else { names.join(", ") }
}

impl Terms {
    /// Takes the names.
    pub(super) fn new(names: &Names, until: Timestamp) -> Self {
        let claims = names.customers.iter().map(|key| format!("customer_id:{key}"));
        let claims: Vec<String> = claims.chain(names.authors.iter().map(|key| format!("handle:{key}"))).collect();
        let until_ms = until.as_millisecond();
        Self {
            customers: list(names.customers.iter().map(String::as_str)),
            authors: list(names.authors.iter().map(String::as_str)),
            claims: list(claims.iter().map(String::as_str)),
            excerpts: names
                .customers
                .iter()
                .map(|key| in_excerpt(key))
                .chain(names.authors.iter().map(|key| plain(key)))
                .collect(),
            until: format!("fromUnixTimestamp64Milli({until_ms}, 'UTC')"),
        }
    }

    fn until(&self, times: &str) -> String {
        format!("least({times}) <= {}", self.until)
    }

    /// Returns the customers' keys as a list.
    pub(super) fn customers(&self) -> &str {
        &self.customers
    }

    /// Returns the authors' keys as a list.
    pub(super) fn authors(&self) -> &str {
        &self.authors
    }

    /// Rows of `feedback`, but those that take others back for this very reason.
    pub(super) fn feedback(&self) -> String {
        format!(
            "(hearken_customer_key(customer_id, id_namespace) IN ({}) OR ifNull(author_key, '') IN ({})) AND {} AND in_topic != '{ERASURES}'",
            self.customers,
            self.authors,
            self.until("occurred_at, received_at")
        )
    }

    /// Rows of `orders`.
    pub(super) fn orders(&self) -> String {
        let times = self.until("occurred_at, updated_at, received_at");
        format!("hearken_customer_key(customer_id, id_namespace) IN ({}) AND {times}", self.customers)
    }

    /// Rows of `visits`.
    pub(super) fn visits(&self) -> String {
        let times = self.until("occurred_at, received_at");
        format!("hearken_customer_key(customer_id, id_namespace) IN ({}) AND {times}", self.customers)
    }

    /// Rows of `customers`: own profiles, others that claim one of the names, and deletions without a value whenever they came.
    pub(super) fn profiles(&self) -> String {
        let own = format!("hearken_customer_key(customer_id, id_namespace) IN ({})", self.customers);
        let claims = format!(
            "hasAny(arrayMap((kind, key) -> concat(kind, ':', key), `aliases.type`, `aliases.key`), [{}])",
            self.claims
        );
        format!(
            "(({own} OR {claims}) AND {} OR {own} AND deleted AND source = '')",
            self.until("updated_at, received_at")
        )
    }

    /// Rows of `identities` by their own names.
    pub(super) fn identities(&self) -> String {
        format!(
            "(hearken_customer_key(customer_id, id_namespace) IN ({}) OR concat(alias_type, ':', alias_key) IN ({})) AND valid_from <= {}",
            self.customers, self.claims, self.until
        )
    }

    /// Rows of `dead_letters` whose excerpt names them.
    pub(super) fn letters(&self) -> String {
        let named: Vec<String> =
            self.excerpts.iter().map(|pattern| format!("match(excerpt, {})", quoted(pattern))).collect();
        let named = if named.is_empty() { "0".to_owned() } else { named.join(" OR ") };
        format!("({named}) AND received_at <= {}", self.until)
    }

    /// Rows of `alerts` or `cases` about them; `feedback` are the ids of what they said, as a list or a SELECT.
    pub(super) fn about(&self, feedback: &str) -> String {
        format!(
            "(ifNull(customer_key, '') IN ({0}) OR subject_kind = 'customer' AND subject IN ({0}) OR subject_kind = 'author' AND subject IN ({1}) \
             OR subject_kind IN ('customer', 'author', 'feedback') AND ifNull(feedback_id, toUUID('{2}')) IN ({feedback})) AND {3}",
            self.customers,
            self.authors,
            uuid::Uuid::nil(),
            self.until("occurred_at, received_at")
        )
    }

    /// Rows of `alerts` or `cases` about many, of whom this feedback is the example.
    pub(super) fn exemplified(&self, feedback: &str) -> String {
        format!("subject_kind NOT IN ('customer', 'author', 'feedback') AND feedback_id IN ({feedback})")
    }
}

/// A customer's id in the beginning of a record: as the value of its field, or as a word of its own where it is long enough to be one.
fn in_excerpt(key: &str) -> String {
    let id = key.split_once('/').map_or(key, |(_, id)| id);
    let word = plain(id);
    let field = format!("customer_id\"?\\s*:\\s*\"?\\s*{}(\"|,|\\s|\\}}|$)", escaped(id));
    if id.chars().count() >= 6 { format!("{field}|{word}") } else { field }
}

/// A name as a word of its own.
fn plain(name: &str) -> String {
    format!("(^|[^0-9A-Za-z_-]){}([^0-9A-Za-z_-]|$)", escaped(name))
}

/// Escapes what RE2 reads as more than itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_named_by_an_empty_list() {
        assert_eq!(list([]), r"'\0'");
        assert_eq!(list(["a", "it's"]), r"'a', 'it\'s'");
    }

    #[test]
    fn a_short_id_is_no_word_and_a_long_one_is() {
        assert!(!in_excerpt("12").contains("[^0-9"));
        assert!(in_excerpt("crm/c-100042").contains(r"(^|[^0-9A-Za-z_-])c\-100042("));
    }
}
