//! What Kafka's users may do: read from a table of the documents, and granted. The client library has no safe interface for that.

use std::ffi::{CStr, CString};
use std::{ptr, slice};

use hearken_runtime::kafka::{Connection, client};
use hearken_runtime::rdkafka::bindings::{
    rd_kafka_AclBinding_destroy_array, rd_kafka_AclBinding_new, rd_kafka_AclBinding_t, rd_kafka_AclOperation_t,
    rd_kafka_AclPermissionType_t, rd_kafka_CreateAcls, rd_kafka_CreateAcls_result_acls, rd_kafka_ResourcePatternType_t,
    rd_kafka_ResourceType_t, rd_kafka_acl_result_error, rd_kafka_error_string, rd_kafka_event_CreateAcls_result,
    rd_kafka_event_destroy, rd_kafka_event_error_string, rd_kafka_queue_destroy, rd_kafka_queue_new,
    rd_kafka_queue_poll,
};
use hearken_runtime::rdkafka::consumer::{BaseConsumer, Consumer as _};

/// How long the brokers may take to take rights down.
const PATIENCE_MS: i32 = 60_000;

/// Something that a user may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The user.
    pub user: String,
    /// What he may do, as Kafka names it.
    pub operation: &'static str,
    /// What with.
    pub resource: Resource,
}

/// What rights are about. A name that ends with `*` stands for all that begin with the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// A topic.
    Topic(String),
    /// A consumer group.
    Group(String),
    /// All of it.
    Cluster,
}

const OPERATIONS: [(&str, rd_kafka_AclOperation_t); 6] = [
    ("Read", rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_READ),
    ("Write", rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_WRITE),
    ("Describe", rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_DESCRIBE),
    ("Create", rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_CREATE),
    ("DescribeConfigs", rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_DESCRIBE_CONFIGS),
    ("IdempotentWrite", rd_kafka_AclOperation_t::RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE),
];

/// Reads the table of rights out of `docs/security.md`: a row a user, with topics to read and to write, groups, and what else.
///
/// # Panics
/// Where there is none.
pub fn read(document: &str) -> Vec<Right> {
    let rows = document.lines().skip_while(|line| !line.starts_with("| user | reads")).skip(2);
    let rows: Vec<&str> = rows.take_while(|line| line.starts_with('|')).collect();
    assert!(!rows.is_empty(), "the table of rights is gone");
    let mut rights = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let [_, user, reads, writes, groups, more, _] = cells[..] else { panic!("five columns: {row}") };
        let user = user.split_whitespace().next().expect("a user");
        let mut add = |of: Vec<(&'static str, Resource)>| {
            rights.extend(of.into_iter().map(|(operation, resource)| Right {
                user: user.to_owned(),
                operation,
                resource,
            }));
        };
        add(said(reads, &["Read", "Describe"], Resource::Topic));
        add(said(writes, &["Write", "Describe"], Resource::Topic));
        add(said(groups, &["Read"], Resource::Group));
        more.split(';').for_each(|part| add(said(part, &[], Resource::Topic)));
    }
    rights
}

/// Reads a cell: names with what they are for, which is `usual` unless operations stand before them; operations alone are about the
/// whole cluster.
fn said(cell: &str, usual: &[&'static str], resource: fn(String) -> Resource) -> Vec<(&'static str, Resource)> {
    let (mut rights, mut operations, mut is_named) = (Vec::new(), Vec::new(), true);
    for quoted in cell.split('`').skip(1).step_by(2) {
        match OPERATIONS.iter().find(|(name, _)| *name == quoted) {
            Some((name, _)) => {
                if is_named {
                    operations.clear();
                }
                operations.push(*name);
                is_named = false;
            }
            None => {
                let of = if operations.is_empty() { usual } else { &operations[..] };
                rights.extend(of.iter().map(|operation| (*operation, resource(quoted.to_owned()))));
                is_named = true;
            }
        }
    }
    if !is_named {
        rights.extend(operations.into_iter().map(|operation| (operation, Resource::Cluster)));
    }
    rights
}

/// Grants rights, as somebody who may.
///
/// # Panics
/// Where Kafka refuses.
pub fn grant(superuser: &Connection, rights: &[Right]) {
    let client: BaseConsumer = client(superuser).set("group.id", "rights").create().expect("a client");
    let native = client.client().native_ptr();
    let mut bindings: Vec<*mut rd_kafka_AclBinding_t> = rights.iter().map(binding).collect();
    // SAFETY: the client outlives the call; the bindings are ours until they are destroyed, once; an event and all that it leads to
    // are read before it is destroyed, once.
    unsafe {
        let queue = rd_kafka_queue_new(native);
        rd_kafka_CreateAcls(native, bindings.as_mut_ptr(), bindings.len(), ptr::null(), queue);
        let event = rd_kafka_queue_poll(queue, PATIENCE_MS);
        assert!(!event.is_null(), "Kafka took no rights down");
        let result = rd_kafka_event_CreateAcls_result(event);
        assert!(!result.is_null(), "{}", CStr::from_ptr(rd_kafka_event_error_string(event)).to_string_lossy());
        let mut count = 0;
        let answers = rd_kafka_CreateAcls_result_acls(result, &raw mut count);
        assert_eq!(count, rights.len(), "{}", CStr::from_ptr(rd_kafka_event_error_string(event)).to_string_lossy());
        for (right, answer) in rights.iter().zip(slice::from_raw_parts(answers, count)) {
            let error = rd_kafka_acl_result_error(*answer);
            assert!(error.is_null(), "{right:?}: {}", CStr::from_ptr(rd_kafka_error_string(error)).to_string_lossy());
        }
        rd_kafka_event_destroy(event);
        rd_kafka_queue_destroy(queue);
        rd_kafka_AclBinding_destroy_array(bindings.as_mut_ptr(), bindings.len());
    }
}

fn binding(right: &Right) -> *mut rd_kafka_AclBinding_t {
    let (kind, name) = match &right.resource {
        Resource::Topic(name) => (rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC, name.as_str()),
        Resource::Group(name) => (rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_GROUP, name.as_str()),
        Resource::Cluster => (rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_BROKER, "kafka-cluster"),
    };
    // A star by itself is Kafka's own word for all.
    let (name, pattern) = match name.strip_suffix('*').filter(|rest| !rest.is_empty()) {
        Some(prefix) => (prefix, rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_PREFIXED),
        None => (name, rd_kafka_ResourcePatternType_t::RD_KAFKA_RESOURCE_PATTERN_LITERAL),
    };
    let operation = OPERATIONS.iter().find(|(name, _)| *name == right.operation).expect("it is one of them").1;
    let text = |text: &str| CString::new(text).expect("no zero in it");
    let (name, principal, host) = (text(name), text(&format!("User:{}", right.user)), text("*"));
    let mut error = [0; 512];
    // SAFETY: the texts outlive the call, which copies them; the error is as long as it is said to be.
    let binding = unsafe {
        rd_kafka_AclBinding_new(
            kind,
            name.as_ptr(),
            pattern,
            principal.as_ptr(),
            host.as_ptr(),
            operation,
            rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
            error.as_mut_ptr(),
            error.len(),
        )
    };
    assert!(!binding.is_null(), "{right:?} is no right");
    binding
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_a_user_may_do() {
        let table = "| user | reads | writes | groups | else |\n|---|---|---|---|---|\n\
                     | ann (`x`) | `a.*`, and `Describe` on `b` | nothing | `g`, and `Describe` on `h` | `IdempotentWrite`; `Create` and `DescribeConfigs` on `*` |\n";
        let found: Vec<(&str, Resource)> =
            read(table).into_iter().map(|right| (right.operation, right.resource)).collect();
        let (topic, group) = (|name: &str| Resource::Topic(name.into()), |name: &str| Resource::Group(name.into()));
        let expected = [
            ("Read", topic("a.*")),
            ("Describe", topic("a.*")),
            ("Describe", topic("b")),
            ("Read", group("g")),
            ("Describe", group("h")),
            ("IdempotentWrite", Resource::Cluster),
            ("Create", topic("*")),
            ("DescribeConfigs", topic("*")),
        ];
        assert_eq!(found, expected);
    }
}
