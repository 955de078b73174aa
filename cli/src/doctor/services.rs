//! Services that run: ready, of one release, and nothing raised that must stay 0.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Finding;

/// The file in which `hearken up` says where its services answer, a line each: name and address.
pub(crate) const FILE: &str = "services.txt";

/// How long a service may take to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// What a service said.
#[derive(Debug, Clone, Default, PartialEq)]
struct Said {
    /// The status line of `/readyz`; none where nobody answers.
    ready: Option<String>,
    /// Its metrics, by name and labels.
    metrics: BTreeMap<String, f64>,
}

/// Looks at the services at these addresses, or at those that `hearken up` wrote down beside the data.
pub(super) async fn look(given: &[String], data: &Path) -> Vec<Finding> {
    let noted = fs::read_to_string(data.join(FILE)).unwrap_or_default();
    let addresses = if given.is_empty() { addresses(&noted) } else { given.to_vec() };
    let mut all = Vec::new();
    for address in addresses {
        let host = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let ready = get(&host, "/readyz").await.and_then(|answer| answer.lines().next().map(str::to_owned));
        let metrics = get(&host, "/metrics").await.map(|answer| metrics(&answer)).unwrap_or_default();
        all.push((host, Said { ready, metrics }));
    }
    let is_local = given.is_empty();
    let mut findings: Vec<Finding> = all.iter().flat_map(|(host, said)| judge(host, said, is_local)).collect();
    findings.extend(releases(&all));
    findings
}

/// Reads what `hearken up` wrote down.
fn addresses(noted: &str) -> Vec<String> {
    noted.lines().filter_map(|line| Some(line.split_once(' ')?.1.trim().to_owned())).collect()
}

/// Reads metrics in Prometheus' form.
fn metrics(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| line.starts_with("hearken_"));
    lines
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
        .collect()
}

/// Returns a label's value of the first sample of this name.
fn label<'a>(metrics: &'a BTreeMap<String, f64>, name: &str, label: &str) -> Option<&'a str> {
    let sample = metrics.keys().find(|sample| sample.starts_with(&format!("{name}{{")))?;
    sample.split(&format!("{label}=\"")).nth(1)?.split('"').next()
}

fn judge(host: &str, Said { ready, metrics }: &Said, is_local: bool) -> Vec<Finding> {
    let name = label(metrics, "hearken_build_info", "service")
        .map_or_else(|| host.to_owned(), |name| format!("{name} at {host}"));
    let Some(ready) = ready else {
        let what = format!("no service answers at {host}");
        let fix = "start it; its log says why it ended, and it goes on where it was";
        return vec![if is_local {
            Finding::warn(
                format!("{what}, where hearken up had one"),
                "nothing to mend if you have stopped it: hearken up",
            )
        } else {
            Finding::fail(what, fix)
        }];
    };
    let mut findings = Vec::new();
    if !ready.contains(" 200") {
        findings.push(Finding::fail(
            format!("{name} is not ready: it owns no partition, or it stops"),
            "see its log, and whether another member of its group owns all partitions: docs/operations.md#hearkennopartitions",
        ));
    }
    let raised: f64 = sum(metrics, "hearken_sentinels_total");
    if raised > 0.0 {
        findings.push(Finding::fail(
            format!("{name} has raised {raised} sentinels: offsets were used as they must never be"),
            "stop it, keep its log, run hearken verify: docs/operations.md#hearkensentinel",
        ));
    }
    if metrics.iter().any(|(sample, value)| sample.starts_with("hearken_clickhouse_up") && *value == 0.0) {
        findings.push(Finding::fail(
            format!("{name} repeats a request to ClickHouse"),
            "see its log for ClickHouse's words: docs/operations.md#hearkenclickhousedown",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::ok(format!("{name} is ready, no sentinel is raised")));
    }
    findings
}

fn sum(metrics: &BTreeMap<String, f64>, name: &str) -> f64 {
    metrics.iter().filter(|(sample, _)| sample.split('{').next() == Some(name)).map(|(_, value)| value).sum()
}

/// Says whether the services, and this program, are of one release.
fn releases(all: &[(String, Said)]) -> Option<Finding> {
    let of = |(_, said): &(String, Said)| label(&said.metrics, "hearken_build_info", "version").map(str::to_owned);
    let mut releases: BTreeSet<String> = all.iter().filter_map(of).collect();
    if releases.is_empty() {
        return None;
    }
    releases.insert(env!("CARGO_PKG_VERSION").to_owned());
    let all: Vec<String> = releases.into_iter().collect();
    Some(match all.as_slice() {
        [one] => Finding::ok(format!("the services and this program are of release {one}")),
        several => Finding::warn(
            format!("releases {} run side by side", several.join(" and ")),
            "well while you upgrade; afterwards bring all to one release: docs/upgrading.md",
        ),
    })
}

/// Asks over HTTP and returns the whole answer; `None` where nobody gives one in time.
async fn get(host: &str, path: &str) -> Option<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    let exchange = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        std::io::Result::Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    tokio::time::timeout(ANSWER, exchange).await.ok()?.ok()
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn said(ready: Option<&str>, text: &str) -> Said {
        Said { ready: ready.map(str::to_owned), metrics: metrics(text) }
    }

    const SINK: &str = "# TYPE hearken_build_info gauge\nhearken_build_info{service=\"sink\",version=\"9.9.9\"} 1\n\
                        hearken_sentinels_total{kind=\"overlap\",service=\"sink\"} 0\nhearken_clickhouse_up{service=\"sink\"} 1\n";

    #[test]
    fn a_service_is_well_or_it_is_said_why_not() {
        let (good, bad) = (Some("HTTP/1.1 200 OK"), Some("HTTP/1.1 503 Service Unavailable"));
        for (name, said, is_local, expected) in [
            ("well", said(good, SINK), false, "ok    sink at h:1 is ready"),
            ("nobody", said(None, ""), false, "FAIL  no service answers at h:1"),
            ("stopped on a laptop", said(None, ""), true, "warn  no service answers at h:1, where hearken up had one"),
            ("unready", said(bad, SINK), false, "FAIL  sink at h:1 is not ready"),
            (
                "raised",
                said(good, &SINK.replace("\"sink\"} 0", "\"sink\"} 2")),
                false,
                "FAIL  sink at h:1 has raised 2 sentinels",
            ),
            (
                "retries",
                said(good, &SINK.replace("_up{service=\"sink\"} 1", "_up{service=\"sink\"} 0")),
                false,
                "FAIL  sink at h:1 repeats",
            ),
        ] {
            let found = judge("h:1", &said, is_local);
            assert!(found.len() == 1 && found[0].to_string().starts_with(expected), "{name}: {found:?}");
        }
    }

    #[test]
    fn releases_that_differ_are_named() {
        assert_eq!(releases(&[]), None);
        let other = releases(&[("h:1".to_owned(), said(None, SINK))]).expect("a finding");
        assert!(other.level == Level::Warn && other.what.contains("9.9.9"), "{other}");
        let same = said(None, &SINK.replace("9.9.9", env!("CARGO_PKG_VERSION")));
        assert_eq!(releases(&[("h:1".to_owned(), same)]).map(|found| found.level), Some(Level::Ok));
    }

    #[test]
    fn what_hearken_up_wrote_down_is_read() {
        assert_eq!(addresses("ingest 127.0.0.1:7001\nsink 127.0.0.1:7002\n"), ["127.0.0.1:7001", "127.0.0.1:7002"]);
        assert_eq!(addresses(""), [""; 0]);
    }
}
