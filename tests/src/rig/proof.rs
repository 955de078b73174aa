//! What must hold when every fault is over. A test that does not prove it proves nothing.

use std::collections::{BTreeMap, HashMap};

use hearken_audit::{Ledger, audit};
use hearken_runtime::kafka::admin::offsets;
use hearken_schemas::topics;

use super::{Ended, Rig};
use crate::cluster::SERVICES;

/// How many findings of the audit are told.
const TOLD: usize = 20;
/// The groups with the topics they read.
const GROUPS: [(&str, &[&str]); 3] = [
    ("hearken-ingest", &topics::RAW),
    ("hearken-enrich", &[topics::NORMALIZED]),
    ("hearken-sink", &[topics::ENRICHED, topics::OPERATIONS, topics::DEAD_LETTERS]),
];

/// What was found, in words; nothing means that every promise holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Records that were acknowledged.
    pub records: usize,
    /// What does not hold.
    pub findings: Vec<String>,
    /// How often a service ended by itself and was started again.
    pub restarts: usize,
}

impl Rig {
    /// Heals everything, waits until nothing is in flight, and looks whether all promises hold.
    pub fn prove(&self) -> Proof {
        self.heal();
        self.wait_ready();
        let ledger = self.channels.ledger();
        let mut findings = Vec::new();
        let verified = self.hearken(&["verify", "--wait", &self.setup.wait_s.to_string()]);
        if verified.code != Some(0) {
            let failed = verified.out.lines().filter(|line| line.starts_with("FAIL"));
            let failed: Vec<String> =
                failed.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
            findings.push(format!("verify: {}{}", failed.join("; "), verified.err));
        }
        findings.extend(self.audited(&ledger));
        findings.extend(self.uncommitted());
        findings.extend(self.sentinels());
        findings.extend(self.changed_under_a_token());
        for member in self.all_members() {
            findings.extend(member.broken().map(|why| format!("{} did not start again: {why}", member.program)));
            let log = member.log();
            let panics = log.lines().filter(|line| line.contains("panicked at"));
            findings.extend(panics.map(|line| format!("{} panicked: {line}", member.program)));
        }
        let restarts = self.all_members().iter().map(|member| member.ended().len()).sum();
        Proof { records: ledger.entries.len(), findings, restarts }
    }

    /// Heals everything and proves that all promises hold.
    ///
    /// # Panics
    /// Where one does not; with everything that was found and every end that nobody asked for.
    pub fn assert_sound(&self) -> Proof {
        let proof = self.prove();
        if !proof.findings.is_empty() {
            let struck = self.http.struck();
            let ends = self.all_members().into_iter().flat_map(|member| {
                let line = |ended: Ended| format!("{} {:?}: {}", member.program, ended.code, ended.last_line());
                member.ended().into_iter().map(line).collect::<Vec<_>>()
            });
            let ends = ends.collect::<Vec<_>>().join(
                "
",
            );
            panic!(
                "found:
{}
struck: {struck:?}
ended:
{ends}",
                proof.findings.join(
                    "
"
                )
            );
        }
        proof
    }

    fn audited(&self, ledger: &Ledger) -> Vec<String> {
        match audit(ledger, &self.url()) {
            Ok(found) if found.len() > TOLD => {
                let first = found.iter().take(TOLD).map(ToString::to_string);
                first.chain([format!("and {} more", found.len() - TOLD)]).collect()
            }
            Ok(found) => found.iter().map(ToString::to_string).collect(),
            Err(error) => vec![format!("the audit failed: {error}")],
        }
    }

    /// Every partition is committed to its end.
    fn uncommitted(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for (group, topic) in GROUPS.iter().flat_map(|(group, topics)| topics.iter().map(move |topic| (group, topic))) {
            match offsets(&self.kafka(), Some(group), topic) {
                Err(error) => findings.push(format!("inconsistent offsets: {group} of {topic}: {error:#}")),
                Ok(parts) => {
                    let open = parts.into_iter().filter(|part| part.end > 0 && part.committed != Some(part.end));
                    findings.extend(open.map(|part| format!("inconsistent offsets: {group}: {part:?}")));
                }
            }
        }
        findings
    }

    /// No sentinel of any member was raised in any of its lives, and every service's have looked.
    fn sentinels(&self) -> Vec<String> {
        let mut findings = Vec::new();
        for member in self.all_members() {
            let log = member.log();
            let raised = log.lines().filter(|line| line.contains("\"message\":\"sentinel\""));
            findings.extend(raised.map(|line| format!("{}: {line}", member.program)));
            if member.is_up() && member.metric("hearken_sentinels_total") != Some(0.0) {
                findings.push(format!("{}: hearken_sentinels_total is not 0", member.program));
            }
        }
        for program in SERVICES {
            let members = self.members(program);
            // One that was started again may have had nothing to do since.
            let checks: f64 = members.iter().filter_map(|member| member.metric("hearken_sentinel_checks_total")).sum();
            if checks == 0.0 && members.iter().all(|member| member.lives() == 1) {
                findings.push(format!("{program}: no sentinel has looked at anything"));
            }
        }
        findings
    }

    /// What is inserted under one token into one table is always the same.
    fn changed_under_a_token(&self) -> Vec<String> {
        let mut bodies: HashMap<(String, String), u32> = HashMap::new();
        let mut findings = Vec::new();
        for seen in self.http.inserts() {
            let (Some(table), Some(token)) = (seen.table, seen.token) else { continue };
            let first = *bodies.entry((table.clone(), token.clone())).or_insert(seen.crc);
            if first != seen.crc {
                findings.push(format!("inconsistent: two different blocks for {table} under the token {token}"));
            }
        }
        findings
    }

    /// Counts how the records ended, by their source coordinates.
    pub fn fates(&self) -> BTreeMap<String, u64> {
        let src = "uniqExact(src_topic, src_partition, src_offset)";
        let answer = self.sql(&format!(
            "SELECT * FROM (SELECT 'row' AS fate, {src} AS n FROM hearken.v_outcome WHERE outcome = 'row' \
             UNION ALL SELECT concat('dead letter: ', reason), {src} FROM hearken.dead_letters GROUP BY reason \
             UNION ALL SELECT kind, {src} FROM hearken.outcomes GROUP BY kind) WHERE n > 0 FORMAT TSV"
        ));
        let fate = |line: &str| line.split_once('\t').and_then(|(fate, n)| Some((fate.to_owned(), n.parse().ok()?)));
        answer.lines().filter_map(fate).collect()
    }
}
