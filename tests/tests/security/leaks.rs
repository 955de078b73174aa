//! Everything goes wrong that can cheaply be made to, while every program is as talkative as it can be; then everything that any of
//! them said is searched for what a customer said, for who it was, and for every secret.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::thread;
use std::time::Instant;

use hearken_runtime::config::Reader;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::offsets;
use hearken_schemas::topics::{RAW, RAW_REVIEWS};
use hearken_tests::channels::now_ms;
use hearken_tests::part::{Part, get, post};
use hearken_tests::program::{POLL, finish};
use hearken_tests::receiver::Receiver;
use serde_json::{Value, json};

use crate::fortress::{
    self, CLICKHOUSE_PASSWORD, Channel, Fortress, KAFKA_PASSWORD, LINK_SECRET, PATIENT, PSEUDONYM_KEY, Variables,
    produce, program,
};

/// Stands in every text, name and id that the examples have of a customer. No language has it, and no program.
const MARK: &str = "zyxwort";

/// What else stands in them.
const PERSONAL: [&str; 7] =
    ["Kim Muster", "Alex Muster", "Robin Beispiel", "901820", "kim@example.com", "13912345678", "coffee machine leaks"];

/// What robots' requests are signed with.
const HOOK_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const HOOK_TOKEN: &str = "hook-Sesam-4715";

/// The fields that are about somebody; the others say where and when.
const OF_SOMEBODY: [&str; 12] = [
    "text",
    "title",
    "customer_name",
    "agent_name",
    "name",
    "note",
    "value",
    "customer_id",
    "comment",
    "phone",
    "email",
    "author_name",
];

#[test]
fn records_go_all_the_way_and_nobody_is_told_of_them() {
    let shared = fortress::shared();
    let fortress = &*fortress::lock(&shared);
    let known = fortress.variables("SCRAM-SHA-256");
    let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/catalog.toml");
    assert_eq!(fortress.hearken(&["catalog", "load", catalog], &[]).code, Some(0));
    let good = Receiver::open_tls(&fortress.authority.sign("receiver", &["127.0.0.1"]));
    let strange = Receiver::open_tls(&fortress.stranger.sign("receiver", &["127.0.0.1"]));
    let responders = fortress.directory.path().join("responders.toml");
    fs::write(&responders, responders_of(&good, &strange)).unwrap();
    let mut parts = services(fortress, &responders.display().to_string());

    let sent = send_everything(&known);
    let leaving = json!({
        "source": "webshop-east", "source_id": "leaving", "customer_id": format!("c-{MARK}"), "brand": "orvantle",
        "occurred_at": now_ms(), "revision": 1,
        "text": format!("{MARK}: nobody answered my e-mail. I am cancelling my subscription and switching to another brand."),
    });
    produce(&known, RAW_REVIEWS, "leaving", &serde_json::to_vec(&leaving).unwrap());
    fortress.wait_for("SELECT count() > 0 FROM deliveries WHERE outcome = 'delivered'", "1");
    fortress.wait_for("SELECT count() > 0 FROM deliveries WHERE error LIKE '%with alert.ca_file%'", "1");
    assert!(!good.calls().is_empty() && strange.calls().is_empty());
    let verified = fortress.hearken(&["verify", "--wait", "100"], &[]);
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert!(sent > 150, "{sent} examples");

    break_a_view(fortress, &known);
    let mut said = answers(&parts);
    said.extend(ask_over_tls(fortress));
    said.extend(failing_commands(fortress));
    said.extend(parts.iter().map(|part| ("arguments".to_owned(), part.command_lines())));
    said.push(("arguments of Kafka".to_owned(), fortress.kafka.command_lines()));
    said.push(("arguments of ClickHouse".to_owned(), fortress.clickhouse.command_lines()));
    for part in &mut parts {
        assert_eq!(part.stop().code(), Some(0));
    }
    said.push(("logs".to_owned(), fortress.logs()));
    for (engine, name) in [("hearken-kafka.engine", "log of Kafka"), ("hearken-clickhouse.engine", "log of ClickHouse")]
    {
        said.push((name.to_owned(), fs::read_to_string(fortress.directory.path().join(engine)).unwrap_or_default()));
    }
    search(&said);
}

/// Fails with every line that has what it may not.
fn search(said: &[(String, String)]) {
    let secrets = [KAFKA_PASSWORD, CLICKHOUSE_PASSWORD, PSEUDONYM_KEY, LINK_SECRET, HOOK_SECRET, HOOK_TOKEN];
    let hidden: Vec<String> = secrets.iter().chain(&PERSONAL).chain([&MARK]).map(|text| text.to_lowercase()).collect();
    let bytes: usize = said.iter().map(|(_, text)| text.len()).sum();
    assert!(bytes > 100_000, "the programs were to be talkative: {bytes} bytes");
    let mut found = Vec::new();
    for (whence, text) in said {
        for line in text.lines() {
            let lower = line.to_lowercase();
            if let Some(hidden) = hidden.iter().find(|hidden| lower.contains(*hidden)) {
                found.push(format!("{whence}: {hidden:?} in {}", line.chars().take(600).collect::<String>()));
            }
        }
    }
    found.dedup();
    assert!(found.is_empty(), "{} lines:\n{}", found.len(), found.into_iter().take(20).collect::<Vec<_>>().join("\n"));
}

/// A service, how it logs in, and what else it is told.
type Started<'a> = (&'static str, &'a str, Vec<(&'a str, &'a str)>);

/// Starts the services, each with another kind of login, as talkative as they can be.
fn services(fortress: &Fortress, responders: &str) -> Vec<Part> {
    let ours = ["runtime", "ingest", "enrich", "sink", "alert", "listener", "schemas"];
    let log = ours.iter().fold("debug".to_owned(), |log, name| format!("{log},hearken_{name}=trace"));
    let ca = fortress.authority.file().display().to_string();
    let mores: [Started<'_>; 4] = [
        ("hearken-ingest", "SCRAM-SHA-256", vec![("HEARKEN_INGEST__PSEUDONYM_KEY", PSEUDONYM_KEY)]),
        ("hearken-enrich", "SCRAM-SHA-512", vec![]),
        ("hearken-sink", "SCRAM-SHA-512", vec![("HEARKEN_SINK__AGE_MS_MAX", "300")]),
        (
            "hearken-alert",
            "PLAIN",
            vec![
                ("HEARKEN_ALERT__LISTEN", "127.0.0.1:0"),
                ("HEARKEN_ALERT__INTERVAL_MS", "300"),
                ("HEARKEN_ALERT__LINK_SECRET", LINK_SECRET),
                ("HEARKEN_ALERT__RESPONDERS", responders),
                ("HEARKEN_ALERT__CA_FILE", &ca),
            ],
        ),
    ];
    let start = |(name, mechanism, mut more): (&'static str, &str, Vec<(&str, &str)>)| {
        // Half of the examples are wrong, on purpose.
        more.extend([("HEARKEN_LOG", log.as_str()), ("HEARKEN_REJECT__SHARE_MAX", "1.0")]);
        fortress.service(name, fortress.variables(mechanism), &more)
    };
    mores.into_iter().map(start).collect()
}

/// Sends every example of a raw record, the wrong ones too, with the mark in everything that is about somebody.
fn send_everything(known: &Variables) -> usize {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/examples");
    let (channel, mut sent) = (Channel::open(known), 0);
    for topic in RAW {
        for folder in [examples.join(topic), examples.join("invalid").join(topic)] {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                let bytes = fs::read(entry.path()).unwrap();
                let value = match serde_json::from_slice::<Value>(&bytes) {
                    Ok(mut value) => {
                        mark(&mut value, false);
                        serde_json::to_vec(&value).unwrap()
                    }
                    Err(_) => [&bytes, MARK.as_bytes()].concat(),
                };
                channel.send(topic, &format!("example-{sent}"), &value);
                sent += 1;
            }
        }
    }
    channel.flush();
    sent
}

fn mark(value: &mut Value, is_of_somebody: bool) {
    match value {
        Value::String(text) if is_of_somebody => *text = format!("{text} {MARK}"),
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, is_of_somebody)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(name, value)| mark(value, OF_SOMEBODY.contains(&name.as_str())));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Lets a view throw with a customer's words in its error until the sink has logged it, then mends it.
fn break_a_view(fortress: &Fortress, known: &Variables) {
    let sql = |statement: &str| {
        let done = fortress.hearken(&["sql", statement], &[]);
        assert_eq!(done.code, Some(0), "{done:?}");
    };
    sql("CREATE TABLE hearken.trap (n UInt64) ENGINE = MergeTree ORDER BY n");
    sql(
        "CREATE MATERIALIZED VIEW hearken.trap_view TO hearken.trap AS SELECT toUInt64(text) AS n FROM hearken.feedback",
    );
    let record = json!({
        "source": "s", "source_id": "trapped", "occurred_at": now_ms(), "text": format!("{MARK} was cold"),
    });
    produce(known, RAW_REVIEWS, "trapped", &serde_json::to_vec(&record).unwrap());
    let deadline = Instant::now() + PATIENT;
    while !fortress.logs().contains("while pushing to view hearken.trap_view") {
        assert!(Instant::now() < deadline, "the sink says nothing of the view");
        thread::sleep(POLL);
    }
    sql("DROP VIEW hearken.trap_view");
    fortress.wait_for("SELECT count() FROM feedback WHERE source_id = 'trapped'", "1");
}

/// What the listeners answer to good and bad requests.
fn answers(parts: &[Part]) -> Vec<(String, String)> {
    let mut said = Vec::new();
    for part in parts {
        for path in ["/metrics", "/readyz", "/livez", "/nowhere"] {
            said.push((format!("{path} of {}", part.address()), get(part.address(), path).unwrap()));
        }
    }
    for part in parts {
        let refused = shout(part.address());
        assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431 "), "{refused}");
    }
    let address = answering(parts.last().unwrap()).trim_start_matches("http://").to_owned();
    for path in ["/api/v1/cases", "/api/v1/cases?state=nonsense", "/api/v1/openapi.json", "/c/not-a-token"] {
        said.push((path.to_owned(), get(&address, path).unwrap()));
    }
    said.push(("a form".to_owned(), post(&address, "/c/not-a-token", "note=x").unwrap()));
    said
}

/// Returns where the API and the page are.
fn answering(alert: &Part) -> String {
    alert.log().lines().find_map(|line| line.strip_prefix("answering ")).unwrap().to_owned()
}

/// Asks another replica of the alert service over https, as the command line does, with a token that was made just now.
fn ask_over_tls(fortress: &Fortress) -> Vec<(String, String)> {
    let made = fortress.hearken(&["tokens", "new", "--name", "tests", "--role", "admin"], &[]);
    let entry = made.err.split_once("\n\n").unwrap().1;
    let (token, tokens) = (fortress.secret("token", made.out.trim()), fortress.secret("tokens.toml", entry));
    let signed = fortress.authority.sign("alert", &["127.0.0.1"]);
    let more = [
        ("HEARKEN_ALERT__LISTEN", "127.0.0.1:0"),
        ("HEARKEN_ALERT__TOKENS", tokens.as_str()),
        ("HEARKEN_ALERT__CERTIFICATE_FILE", signed.certificate.to_str().unwrap()),
        ("HEARKEN_ALERT__KEY_FILE", signed.key.to_str().unwrap()),
        ("HEARKEN_KAFKA__INSTANCE_ID", "another"),
    ];
    let mut alert = fortress.service("hearken-alert", fortress.variables("SCRAM-SHA-256"), &more);
    let (api, ca) = (answering(&alert), fortress.authority.file());
    assert!(api.starts_with("https://"), "{api}");
    let list = ["cases", "list", "--api", &api, "--token-file", &token];
    let listed = fortress.hearken(&list, &[("SSL_CERT_FILE", ca.to_str().unwrap())]);
    assert_eq!(listed.code, Some(0), "{listed:?}");
    let stranger = fortress.stranger.file();
    let refused = fortress.hearken(&list, &[("SSL_CERT_FILE", stranger.to_str().unwrap())]);
    assert!(refused.code == Some(1) && refused.err.contains("nobody vouches for its certificate"), "{refused:?}");
    let said = vec![("arguments".to_owned(), alert.command_lines()), ("a refusal".to_owned(), refused.err)];
    assert_eq!(alert.stop().code(), Some(0));
    said
}

/// Says more than any head has, and returns what is answered; who is cut off in the middle may hear nothing.
fn shout(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENT)).unwrap();
    let _ = write!(stream, "GET /livez HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(2 << 20));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Commands that fail while they hold something that may not be told.
fn failing_commands(fortress: &Fortress) -> Vec<(String, String)> {
    let file = |name: &str, text: String| {
        let path = fortress.directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let torn = |key: &str, secret: &str| format!("[kafka]\nbrokers = \"127.0.0.1:1\"\n[x]\n{key} = \"{secret}\n");
    let (sink, alert) = ("hearken-sink", "hearken-alert");
    let configs = [
        (sink, file("torn.toml", torn("password", CLICKHOUSE_PASSWORD))),
        (sink, file("number.toml", format!("[clickhouse]\nurl = 7\npassword = [\"{CLICKHOUSE_PASSWORD}\"]\n"))),
        (alert, file("short.toml", format!("[alert]\nlink_secret = \"{}\"\n", &LINK_SECRET[..20]))),
        (
            alert,
            file("twice.toml", format!("[alert]\nlink_secret = \"{LINK_SECRET}\"\nlink_secret_file = \"/nowhere\"\n")),
        ),
    ];
    let mut said: Vec<(String, String)> = configs
        .iter()
        .map(|(name, path)| {
            let mut service = hearken_tests::program::command(name);
            let finished = finish(service.args(["--config", path, "--check-config"]), PATIENT);
            assert_eq!(finished.code, Some(2), "{path}: {finished:?}");
            (path.clone(), finished.out + &finished.err)
        })
        .collect();
    let hooks = [
        format!(
            "[[channels]]\nname = \"x\"\nkind = \"generic\"\nurl = \"https://h/{HOOK_TOKEN}\"\nsecret = \"{HOOK_SECRET}\n"
        ),
        format!(
            "[[channels]]\nname = \"x\"\nkind = \"generic\"\nurl = \"nonsense://h/{HOOK_TOKEN}\"\nsecret = \"{HOOK_TOKEN}\"\n"
        ),
    ];
    for (number, text) in hooks.into_iter().enumerate() {
        let path = file(&format!("hooks-{number}.toml"), text);
        let more = [("HEARKEN_ALERT__RESPONDERS", path.as_str())];
        let mut service = program(alert, fortress.variables("PLAIN"), &more);
        let finished = finish(service.arg("--check-config"), PATIENT);
        assert_eq!(finished.code, Some(2), "{finished:?}");
        said.push((path, finished.out + &finished.err));
    }
    let lines = file("lines.jsonl", format!("{{\"source\":\"s\",\"text\":\"{MARK}\"\n[\"{MARK}\"]\n"));
    let mapping = file("mapping.toml", "kind = 7".to_owned());
    for arguments in [
        &["replay", &lines, "--kind", "review"][..],
        &["replay", &lines, "--kind", "review", "--map", &mapping],
        &["trace", "--source", "s", "nothing"],
        &["sql", "SELECT nonsense FROM nowhere"],
        &["cases", "link", "00000000-0000-0000-0000-000000000001", "--owner", "nobody"],
        &["doctor"],
    ] {
        let finished = fortress.hearken(arguments, &[("HEARKEN_ALERT__LINK_SECRET", &LINK_SECRET[..20])]);
        said.push((arguments.join(" "), finished.out + &finished.err));
    }
    said
}

fn responders_of(good: &Receiver, strange: &Receiver) -> String {
    let channel = |name: &str, receiver: &Receiver| {
        format!(
            "[[channels]]\nname = \"{name}\"\nkind = \"generic\"\nurl = \"{}/{HOOK_TOKEN}\"\nsecret = \"{HOOK_SECRET}\"\n\
             per_minute = 6000\nburst = 100\n",
            receiver.url()
        )
    };
    format!(
        "default_owner = \"desk\"\n{}{}[[owners]]\nid = \"desk\"\nname = \"Service desk\"\ndepartment = \"service\"\n\
         language = \"en\"\nchannels = [\"good\", \"strange\"]\n",
        channel("good", good),
        channel("strange", strange)
    )
}

/// Waits until something stands on a topic.
pub(crate) fn wait_for_topic(variables: &Variables, topic: &str) {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    let connection = Connection::read(&mut Reader::load(None, variables));
    let deadline = Instant::now() + PATIENT;
    while offsets(&connection, None, topic).unwrap().iter().all(|part| part.end == 0) {
        assert!(Instant::now() < deadline, "nothing came to {topic}");
        thread::sleep(POLL);
    }
}
