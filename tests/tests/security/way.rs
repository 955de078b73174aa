//! Records go all the way where every connection is encrypted and somebody logs in.

use hearken_schemas::topics::RAW_REVIEWS;
use hearken_tests::channels::now_ms;
use serde_json::json;
use tempfile::TempDir;

use crate::fortress::{self, Variables, engine, produce, program};

/// A broker that asks for certificates in the place of logins: everybody who has one is let in, nobody else.
#[test]
fn a_certificate_is_enough_where_the_broker_asks_for_one() {
    let shared = fortress::shared();
    let fortress = &*fortress::lock(&shared);
    let directory = TempDir::new().unwrap();
    let clients = [("--tls-clients", fortress.authority.file())];
    let mut kafka = engine("hearken-kafka", &directory, &fortress.authority, &clients);
    let own = fortress.authority.sign("client", &[]);
    let ca = fortress.authority.file().display().to_string();
    let with = |certificate: Option<(&str, &str)>| -> Variables {
        let mut variables = vec![
            ("HEARKEN_KAFKA__BROKERS", kafka.address().to_owned()),
            ("HEARKEN_KAFKA__SECURITY", "tls".to_owned()),
            ("HEARKEN_KAFKA__CA_FILE", ca.clone()),
        ];
        if let Some((certificate, key)) = certificate {
            variables.push(("HEARKEN_KAFKA__CERTIFICATE_FILE", certificate.to_owned()));
            variables.push(("HEARKEN_KAFKA__KEY_FILE", key.to_owned()));
        }
        variables
    };
    let files = (own.certificate.display().to_string(), own.key.display().to_string());
    let known = with(Some((&files.0, &files.1)));
    let create = |variables: Variables| {
        let mut hearken = program("hearken", variables, &[]);
        hearken_tests::program::finish(hearken.args(["topics", "create"]), fortress::PATIENT)
    };
    let made = create(known.clone());
    assert_eq!(made.code, Some(0), "{made:?}");
    let mut parts = ["hearken-ingest", "hearken-enrich"].map(|name| fortress.service(name, known.clone(), &[]));
    let record =
        json!({"source": "s", "source_id": "by-certificate", "occurred_at": now_ms(), "text": "the coffee was cold"});
    produce(&known, RAW_REVIEWS, "by-certificate", &serde_json::to_vec(&record).unwrap());
    crate::leaks::wait_for_topic(&known, "feedback.enriched.v1");
    for part in &mut parts {
        assert_eq!(part.stop().code(), Some(0));
    }
    let stranger = fortress.stranger.sign("client", &[]);
    let strange = (stranger.certificate.display().to_string(), stranger.key.display().to_string());
    for refused in [create(with(None)), create(with(Some((&strange.0, &strange.1))))] {
        assert_eq!(refused.code, Some(1), "{refused:?}");
        assert!(refused.err.contains("kafka.certificate_file"), "{refused:?}");
    }
    let mut logging_in = fortress.variables("SCRAM-SHA-256");
    logging_in.retain(|(variable, _)| known.iter().all(|(known, _)| variable != known));
    logging_in.extend(known.iter().filter(|(variable, _)| *variable != "HEARKEN_KAFKA__SECURITY").cloned());
    logging_in.push(("HEARKEN_KAFKA__SECURITY", "sasl_tls".to_owned()));
    let refused = create(logging_in);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("asks nobody for a login; set kafka.security to tls or plaintext"), "{refused:?}");
    kafka.stop();
}
