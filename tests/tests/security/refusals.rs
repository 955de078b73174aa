//! Who is not let in is told why and what to do, and the program ends.

use std::time::Instant;

use hearken_tests::program::finish;

use crate::fortress::{self, Fortress, PATIENT, program};

/// What is wrong, and the words of the answer.
type Case<'a> = (&'a str, Vec<(&'a str, String)>, &'a [&'a str]);

fn each_ends(fortress: &Fortress, programs: &[(&str, &[&str])], cases: &[Case<'_>]) {
    for (what, variables, expected) in cases {
        for (name, arguments) in programs {
            let more: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut program = program(name, fortress.variables("SCRAM-SHA-256"), &more);
            let begun = Instant::now();
            let finished = finish(program.args(*arguments), PATIENT);
            assert_eq!(finished.code, Some(1), "{what}: {name}: {finished:?}");
            for words in *expected {
                assert!(finished.err.contains(words), "{what}: {name}: {words:?}: {finished:?}");
            }
            let said = finished.err.lines().next_back().unwrap_or_default();
            eprintln!("{what}: {:.1} s: {said}", begun.elapsed().as_secs_f64());
        }
    }
}

#[test]
fn kafka_lets_in_whom_it_knows_and_the_others_hear_why() {
    let shared = fortress::shared();
    let fortress = &*fortress::lock(&shared);
    let port = fortress.kafka.address().rsplit(':').next().unwrap().to_owned();
    let wrong = fortress.secret("wrong", "not-the-password");
    let stranger = fortress.stranger.file().display().to_string();
    let none = String::new;
    let text = str::to_owned;
    let wait = ("HEARKEN_KAFKA__WAIT_S", text("6"));
    let without_login = || {
        ["SASL_MECHANISM", "USER", "PASSWORD_FILE"].map(|key| match key {
            "SASL_MECHANISM" => ("HEARKEN_KAFKA__SASL_MECHANISM", none()),
            "USER" => ("HEARKEN_KAFKA__USER", none()),
            _ => ("HEARKEN_KAFKA__PASSWORD_FILE", none()),
        })
    };
    let with = |more: &[(&'static str, String)]| [std::slice::from_ref(&wait), more].concat();
    let cases: Vec<Case<'_>> = vec![
        (
            "a wrong password",
            with(&[("HEARKEN_KAFKA__PASSWORD_FILE", wrong)]),
            &["refuses the login", "are kafka.user and kafka.password the ones it has"],
        ),
        (
            "an authority that nobody knows",
            with(&[("HEARKEN_KAFKA__CA_FILE", stranger)]),
            &["nobody vouches for", "name the authority that signed it with kafka.ca_file"],
        ),
        (
            "another host's name",
            with(&[("HEARKEN_KAFKA__BROKERS", format!("localhost:{port}"))]),
            &["another host's", "the brokers in kafka.brokers as their certificates do"],
        ),
        (
            "no TLS",
            with(
                &[
                    &without_login()[..],
                    &[("HEARKEN_KAFKA__SECURITY", text("plaintext")), ("HEARKEN_KAFKA__CA_FILE", none())],
                ]
                .concat(),
            ),
            &["as if it expected TLS", "set kafka.security to tls or sasl_tls", "Kafka at "],
        ),
        (
            "TLS where there is none",
            with(&[("HEARKEN_KAFKA__BROKERS", silent_listener())]),
            &["does not speak TLS", "set kafka.security to plaintext"],
        ),
        (
            "no login",
            with(&[&without_login()[..], &[("HEARKEN_KAFKA__SECURITY", text("tls"))]].concat()),
            &["as if it expected a login", "set kafka.security to sasl_tls", "with kafka.user and kafka.password"],
        ),
    ];
    // What is final ends both at once. A broker that breaks connections off without a word, as one does that expects TLS or a
    // login, looks like one that goes down: that takes as long as the start may.
    let (at_once, after_a_while) = cases.split_at(3);
    each_ends(fortress, &[("hearken-ingest", &[]), ("hearken", &["topics", "create"])], at_once);
    each_ends(fortress, &[("hearken-ingest", &[])], after_a_while);
}

/// Opens a port that answers every client with words that are no TLS.
fn silent_listener() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut stream, b"220 this is no broker\r\n");
        }
    });
    address
}

#[test]
fn clickhouse_lets_in_whom_it_knows_and_the_others_hear_why() {
    let shared = fortress::shared();
    let fortress = &*fortress::lock(&shared);
    let port = fortress.clickhouse.address().rsplit(':').next().unwrap().to_owned();
    let wrong = fortress.secret("wrong-too", "not-the-password");
    let stranger = fortress.stranger.file().display().to_string();
    let cases: Vec<Case<'_>> = vec![
        ("a wrong password", vec![("HEARKEN_CLICKHOUSE__PASSWORD_FILE", wrong)], &["Authentication failed"]),
        (
            "an authority that nobody knows",
            vec![("HEARKEN_CLICKHOUSE__CA_FILE", stranger)],
            &["nobody vouches for its certificate", "HEARKEN_CLICKHOUSE__CA_FILE|clickhouse.ca_file"],
        ),
        (
            "another host's name",
            vec![("HEARKEN_CLICKHOUSE__URL", format!("https://localhost:{port}"))],
            &["its certificate is another host's"],
        ),
        (
            "no TLS",
            vec![("HEARKEN_CLICKHOUSE__URL", format!("http://127.0.0.1:{port}"))],
            &["https:// if it speaks TLS"],
        ),
    ];
    let cases: Vec<Case<'_>> = cases;
    for (what, variables, expected) in &cases {
        for (name, arguments) in [("hearken-sink", &[][..]), ("hearken", &["sql", "SELECT 1"])] {
            let more: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let mut program = program(name, fortress.variables("SCRAM-SHA-512"), &more);
            let finished = finish(program.args(arguments), PATIENT);
            assert_eq!(finished.code, Some(1), "{what}: {name}: {finished:?}");
            for words in *expected {
                let found = words.split('|').any(|words| finished.err.contains(words));
                assert!(found, "{what}: {name}: {words:?}: {finished:?}");
            }
        }
    }
}
