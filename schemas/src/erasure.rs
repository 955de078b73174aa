//! Who is to be forgotten, and until when: the record of `feedback.erasures.v1`, and the list that its records make.
//!
//! An erasure names nobody: its subject is a hash, and whoever meets a record asks whether one of the hashes of whom the record
//! names is on the list. The list grows and never shrinks, so "as of an offset" it is the same for ever.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::{Headers, attributes};
use crate::feedback::Feedback;
use crate::id::subject_id;
use crate::operation::{Customer, Operation};
use crate::topics;

/// The far end of time: an erasure until then holds for good.
pub const FOR_GOOD: &str = "2200-01-01T00:00:00Z";

/// One person under one name, as a hash: a UUIDv5 of ("customer", customer key) or ("author", author key).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subject(Uuid);

impl Subject {
    /// Returns the customer of this key, `namespace/id`, or `id` where there is no namespace.
    pub fn customer(key: &str) -> Self {
        Self(subject_id("customer", key))
    }

    /// Returns the customer that a record names by id and namespace.
    pub fn of_customer(namespace: Option<&str>, id: &str) -> Self {
        match namespace {
            Some(namespace) if !namespace.is_empty() => Self::customer(&format!("{namespace}/{id}")),
            Some(_) | None => Self::customer(id),
        }
    }

    /// Returns the author whose handle has this key.
    pub fn author(key: &str) -> Self {
        Self(subject_id("author", key))
    }

    /// Returns the UUID itself.
    pub fn uuid(&self) -> Uuid {
        self.0
    }
}

impl From<Uuid> for Subject {
    fn from(uuid: Uuid) -> Self {
        Self(uuid)
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A tombstone: what names this subject, and happened or was received at or before `until`, is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The request it belongs to; one request has an erasure for each name.
    pub request_id: Uuid,
    /// Who.
    pub subject: Subject,
    /// Until when. Who comes back later is somebody new.
    pub until: Timestamp,
}

impl Erasure {
    /// Returns the headers of the message, written at this time, milliseconds since the epoch.
    pub fn headers(&self, time_ms: i64) -> Headers {
        attributes(&self.subject.to_string(), "hearken/erase", topics::ERASURES, time_ms)
    }
}

/// Whom a record names, and when it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// Under every name.
    pub subjects: Vec<Subject>,
    /// When it happened or was received, whichever was first; milliseconds since the epoch.
    pub at_ms: i64,
    /// Whether it is a deletion without a value: it says nothing of a new customer, so no bound of time saves it.
    pub only_deletes: bool,
}

impl Named {
    /// Returns whom a feedback names.
    pub fn of_feedback(feedback: &Feedback) -> Self {
        let customer = feedback.customer_id.as_deref();
        let customer = customer.map(|id| Subject::of_customer(feedback.id_namespace.as_deref(), id));
        let author = feedback.author_key.as_deref().map(Subject::author);
        Self::at(customer.into_iter().chain(author), [feedback.occurred_at, feedback.received_at])
    }

    /// Returns whom a record of the business names: of a profile the customer and every other id and handle it claims.
    pub fn of_operation(operation: &Operation) -> Self {
        let named = |namespace: &Option<String>, id: &Option<String>| {
            id.as_deref().map(|id| Subject::of_customer(namespace.as_deref(), id))
        };
        match operation {
            Operation::Order(order) => {
                let customer = named(&order.id_namespace, &order.customer_id);
                Self::at(customer, [order.occurred_at.min(order.updated_at), order.received_at])
            }
            Operation::Visit(visit) => {
                let customer = named(&visit.id_namespace, &visit.customer_id);
                Self::at(customer, [visit.occurred_at, visit.received_at])
            }
            Operation::Customer(customer) => Self::of_profile(customer),
        }
    }

    fn of_profile(customer: &Customer) -> Self {
        let own = Subject::of_customer(customer.id_namespace.as_deref(), &customer.customer_id);
        let others = customer.aliases.iter().filter_map(|alias| match alias.kind.as_str() {
            "customer_id" => Some(Subject::customer(&alias.key)),
            "handle" => Some(Subject::author(&alias.key)),
            _ => None,
        });
        let only_deletes = customer.deleted && customer.source.is_none();
        let named = Self::at(std::iter::once(own).chain(others), [customer.updated_at, customer.received_at]);
        Self { only_deletes, ..named }
    }

    fn at(subjects: impl IntoIterator<Item = Subject>, [one, other]: [Timestamp; 2]) -> Self {
        let at_ms = one.min(other).as_millisecond();
        Self { subjects: subjects.into_iter().collect(), at_ms, only_deletes: false }
    }
}

/// A customer's id and namespace as bytes say them that need not be JSON to the end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sighted {
    /// Every value of a field `customer_id`.
    pub customer_ids: Vec<String>,
    /// The first value of a field `id_namespace`.
    pub id_namespace: Option<String>,
    /// Every value of a field `author_key`, which only Hearken's own records have.
    pub author_keys: Vec<String>,
}

impl Sighted {
    /// Looks for the fields that name a customer, whatever else is wrong with the bytes.
    pub fn in_bytes(value: &[u8]) -> Self {
        Self {
            customer_ids: fields(value, b"\"customer_id\"").collect(),
            id_namespace: fields(value, b"\"id_namespace\"").find(|namespace| !namespace.is_empty()),
            author_keys: fields(value, b"\"author_key\"").collect(),
        }
    }

    /// Returns every text or number that stands as the value of a field of this name, whatever else is wrong with the bytes.
    pub fn fields_in(value: &[u8], name: &str) -> Vec<String> {
        fields(value, format!("\"{name}\"").as_bytes()).collect()
    }

    /// Returns whom they name, and whom the record's key names if it is a customer's.
    pub fn subjects(&self, key: Option<&[u8]>) -> Vec<Subject> {
        let namespace = self.id_namespace.as_deref();
        let customers = self.customer_ids.iter().map(|id| Subject::of_customer(namespace, id));
        let key = key.and_then(|key| std::str::from_utf8(key).ok()).map(Subject::customer);
        let authors = self.author_keys.iter().map(|key| Subject::author(key));
        customers.chain(key).chain(authors).collect()
    }
}

/// Returns the texts and numbers that stand as values of a field.
fn fields<'a>(value: &'a [u8], name: &'a [u8]) -> impl Iterator<Item = String> + 'a {
    let starts = value.windows(name.len()).enumerate().filter(move |(_, window)| *window == name);
    starts.filter_map(move |(start, _)| scalar(&value[start + name.len()..]))
}

/// Reads the text or number after the colon.
fn scalar(rest: &[u8]) -> Option<String> {
    let rest = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    if !rest.starts_with(b"\"") {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        return std::str::from_utf8(&rest[..digits]).ok().filter(|digits| !digits.is_empty()).map(str::to_owned);
    }
    let mut escaped = false;
    let end = rest.iter().skip(1).position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    })?;
    serde_json::from_slice::<String>(&rest[..end + 2]).ok().map(|text| text.trim().to_owned())
}

/// Every erasure that was ever asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasures {
    /// Where each stands on its topic, and until when it holds, milliseconds since the epoch.
    of: HashMap<Subject, Vec<(i64, i64)>>,
    end: i64,
}

impl Erasures {
    /// Adds what stands at an offset of the topic; the list reaches beyond it then.
    pub fn add(&mut self, offset: i64, erasure: &Erasure) {
        self.of.entry(erasure.subject).or_default().push((offset, erasure.until.as_millisecond()));
        self.reach(offset + 1);
    }

    /// Notes that there is nothing else before this offset.
    pub fn reach(&mut self, end: i64) {
        self.end = self.end.max(end);
    }

    /// Returns the offset before which everything is on the list.
    pub fn end(&self) -> i64 {
        self.end
    }

    /// Tells whether a record is erased by what stands before an offset.
    pub fn erases(&self, named: &Named, before: i64) -> bool {
        let of_subject = named.subjects.iter().filter_map(|subject| self.of.get(subject));
        let mut erasures = of_subject.flatten().filter(|(offset, _)| *offset < before);
        erasures.any(|(_, until_ms)| named.only_deletes || named.at_ms <= *until_ms)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    fn erasure(key: &str, until_ms: i64) -> Erasure {
        Erasure { request_id: Uuid::nil(), subject: Subject::customer(key), until: at(until_ms) }
    }

    fn named(key: &str, at_ms: i64) -> Named {
        Named { subjects: vec![Subject::author("x"), Subject::customer(key)], at_ms, only_deletes: false }
    }

    #[test]
    fn a_subject_never_changes_between_releases_and_tells_customers_from_authors() {
        assert_eq!(Subject::of_customer(Some("crm"), "c-1"), Subject::customer("crm/c-1"));
        assert_eq!(Subject::of_customer(Some(""), "c-1"), Subject::customer("c-1"));
        assert_ne!(Subject::customer("c-1"), Subject::author("c-1"));
        assert_eq!(Subject::customer("c-1").to_string(), "50eb26ba-e59e-56c0-82d2-80450b8c17cf");
    }

    #[test]
    fn the_list_is_the_same_for_ever_as_of_an_offset() {
        let mut list = Erasures::default();
        list.add(0, &erasure("a", 100));
        list.reach(3);
        list.add(3, &erasure("b", 100));
        list.add(4, &erasure("a", 200));
        assert_eq!(list.end(), 5);
        for (key, at_ms, before, erased) in [
            ("a", 100, 5, true),
            ("a", 101, 5, true),
            ("a", 201, 5, false),
            ("a", 101, 4, false),
            ("a", 100, 1, true),
            ("a", 100, 0, false),
            ("b", 100, 3, false),
            ("b", 100, 4, true),
            ("c", 100, 5, false),
        ] {
            assert_eq!(list.erases(&named(key, at_ms), before), erased, "{key} at {at_ms} before {before}");
        }
        let deletion = Named { only_deletes: true, ..named("a", 999) };
        assert!(list.erases(&deletion, 5), "a deletion without a value says nothing new");
    }

    #[test]
    fn whom_broken_bytes_name() {
        for (bytes, ids, namespace) in [
            (r#"{"customer_id":"c-1","text":"#, &["c-1"][..], None),
            (r#"{"customer_id" : 1042, "id_namespace":"crm"}"#, &["1042"][..], Some("crm")),
            (r#"{"customer_id":" c\"1\u00e9 "}"#, &["c\"1é"][..], None),
            (r#"{"customer_id":null}"#, &[][..], None),
            (r#"{"customer_id":"c-1"#, &[][..], None),
            (r#"{"text":"my customer_id is c-1"}"#, &[][..], None),
        ] {
            let sighted = Sighted::in_bytes(bytes.as_bytes());
            assert_eq!(sighted.customer_ids, ids, "{bytes}");
            assert_eq!(sighted.id_namespace.as_deref(), namespace, "{bytes}");
        }
        let sighted = Sighted::in_bytes(br#"{"customer_id":"1","id_namespace":"crm","author_key":"k"}"#);
        let expected = [Subject::customer("crm/1"), Subject::customer("s-9"), Subject::author("k")];
        assert_eq!(sighted.subjects(Some(b"s-9")), expected);
    }

    #[test]
    fn a_profile_names_everybody_it_claims_to_be() {
        let json = r#"{"kind":"customer","customer_id":"B","updated_at":"2026-01-01T00:00:00Z","received_at":"2025-01-01T00:00:00Z",
            "source":"crm","aliases":[{"type":"customer_id","key":"A"},{"type":"handle","key":"h"},{"type":"phone","key":"p"}]}"#;
        let named = Named::of_operation(&serde_json::from_str(json).unwrap());
        assert_eq!(named.subjects, [Subject::customer("B"), Subject::customer("A"), Subject::author("h")]);
        assert_eq!((named.at_ms, named.only_deletes), (1_735_689_600_000, false));
    }
}
