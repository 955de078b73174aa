//! Whom a record names that cannot be normalized: so that its dead letter goes where its customer goes.

use hearken_schemas::erasure::{Sighted, Subject};

use crate::context::Context;
use crate::pseudonym::plain_handle;

/// Returns everybody whom the bytes and the key name: customers under the ids that would be stored of them, and authors.
pub(crate) fn subjects(context: &Context<'_>, key: Option<&[u8]>, value: Option<&[u8]>) -> Vec<Subject> {
    let value = value.unwrap_or_default();
    let mut sighted = Sighted::in_bytes(value);
    for id in &mut sighted.customer_ids {
        *id = context.person(std::mem::take(id));
    }
    let mut subjects = sighted.subjects(key.map(|key| stored_key(context, key)).as_deref().map(str::as_bytes));
    let sources = Sighted::fields_in(value, "source");
    let handles = Sighted::fields_in(value, "author_handle");
    if let (Some(source), Some(handle)) = (sources.first(), handles.first()) {
        subjects.push(Subject::author(&context.pseudonyms.author(source, plain_handle(handle))));
    }
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// A key is a customer's on some topics; its id is stored as the record's own would be.
fn stored_key(context: &Context<'_>, key: &[u8]) -> String {
    let key = String::from_utf8_lossy(key);
    match key.split_once('/') {
        Some((namespace, id)) => format!("{namespace}/{}", context.person(id.to_owned())),
        None => context.person(key.into_owned()),
    }
}

#[cfg(test)]
mod tests {
    use hearken_schemas::catalog::{Catalog, Lookup};

    use super::*;
    use crate::pseudonym::Pseudonyms;

    #[test]
    fn whoever_can_still_be_read_is_named_as_he_would_be_stored() {
        let (catalog, pseudonyms) = (Lookup::new(Catalog::default()), Pseudonyms::new(b"0123456789abcdef"));
        let context = Context { catalog: &catalog, pseudonyms: &pseudonyms, received_ms: 0 };
        let phone = pseudonyms.person("13800138000");
        let author = Subject::author(&pseudonyms.author("weibo", "ice_fan"));
        for (key, value, expected) in [
            (None, r#"{"customer_id":"c-1","rating":"#, vec![Subject::customer("c-1")]),
            (None, r#"{"customer_id":"13800138000"}"#, vec![Subject::customer(&phone)]),
            (Some("crm/13800138000"), "", vec![Subject::customer(&format!("crm/{phone}"))]),
            (None, r#"{"source":"weibo","author_handle":"@ice_fan","text":1}"#, vec![author]),
            (None, "no JSON at all", vec![]),
        ] {
            assert_eq!(subjects(&context, key.map(str::as_bytes), Some(value.as_bytes())), expected, "{value}");
        }
    }
}
