//! How a client reaches the brokers: where they are, whether the way is encrypted, and who the client is.

use std::path::{Path, PathBuf};

use rdkafka::ClientConfig;
use rustls_pki_types::pem::{self, PemObject};
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Reader, Secret};

/// The brokers, and what it takes to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// `host:port`, comma-separated.
    pub brokers: String,
    /// What protects the way to them.
    pub security: Security,
}

/// What protects the way to the brokers: `kafka.security`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Security {
    /// Nothing: for one machine, or a network that nobody else is in.
    Plaintext,
    /// Encryption; a certificate may say who the client is.
    Tls(Tls),
    /// A login over a way that everybody on it can read.
    SaslPlaintext(Sasl),
    /// A login over an encrypted way.
    SaslTls(Sasl, Tls),
}

/// Whom a client believes, and the certificate it shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tls {
    /// The authorities that sign the brokers' certificates, as PEM; without it those that the machine trusts.
    pub ca_file: Option<PathBuf>,
    /// The client's own certificate, where the brokers ask for one.
    pub identity: Option<Identity>,
}

/// A certificate and its key, both as PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and those between it and its authority.
    pub certificate_file: PathBuf,
    /// Its private key, unencrypted.
    pub key_file: PathBuf,
}

/// A login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sasl {
    /// How it is proven.
    pub mechanism: Mechanism,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
}

/// How a login is proven: `kafka.sasl_mechanism`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// A proof that does not show the password.
    ScramSha256,
    /// The same with a longer hash.
    ScramSha512,
    /// The password itself.
    Plain,
}

impl Mechanism {
    const ALL: [Self; 3] = [Self::ScramSha256, Self::ScramSha512, Self::Plain];

    /// Returns its name as Kafka writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::Plain => "PLAIN",
        }
    }
}

impl Connection {
    /// Returns a connection that nothing protects.
    pub fn plain(brokers: impl Into<String>) -> Self {
        Self { brokers: brokers.into(), security: Security::Plaintext }
    }

    /// Reads `kafka.brokers` and what protects the way to them.
    pub fn read(reader: &mut Reader) -> Self {
        Self { brokers: reader.text("kafka.brokers"), security: Security::read(reader) }
    }

    pub(super) fn client(&self, client_id: &str) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.brokers).set("client.id", client_id).set("log.connection.close", "false");
        self.security.configure(&mut config);
        config
    }
}

impl Security {
    /// Reads the keys of the section `kafka` that are about it; what contradicts itself is an error.
    pub fn read(reader: &mut Reader) -> Self {
        let name = reader.text_or("kafka.security", "plaintext");
        let (login, tls) = (Login::read(reader), Tls::read(reader));
        match name.as_str() {
            "plaintext" => {
                login.refuse(reader, &name);
                tls.refuse(reader, &name);
                Self::Plaintext
            }
            "tls" => {
                login.refuse(reader, &name);
                Self::Tls(tls)
            }
            "sasl_plaintext" => {
                tls.refuse(reader, &name);
                Self::SaslPlaintext(login.check(reader))
            }
            "sasl_tls" => Self::SaslTls(login.check(reader), tls),
            other => {
                let message = format!("{other:?} is unknown; expected plaintext, tls, sasl_plaintext or sasl_tls");
                reader.error("kafka.security", &message);
                Self::Plaintext
            }
        }
    }

    fn configure(&self, config: &mut ClientConfig) {
        let (protocol, sasl, tls) = match self {
            Self::Plaintext => ("plaintext", None, None),
            Self::Tls(tls) => ("ssl", None, Some(tls)),
            Self::SaslPlaintext(sasl) => ("sasl_plaintext", Some(sasl), None),
            Self::SaslTls(sasl, tls) => ("sasl_ssl", Some(sasl), Some(tls)),
        };
        config.set("security.protocol", protocol);
        if let Some(Sasl { mechanism, user, password }) = sasl {
            config.set("sasl.mechanism", mechanism.as_str()).set("sasl.username", user);
            config.set("sasl.password", password.expose());
        }
        if let Some(Tls { ca_file, identity }) = tls {
            // A certificate of the right authority for another host is another host's.
            config.set("ssl.endpoint.identification.algorithm", "https");
            if let Some(path) = ca_file {
                config.set("ssl.ca.location", path.to_string_lossy());
            }
            if let Some(Identity { certificate_file, key_file }) = identity {
                config.set("ssl.certificate.location", certificate_file.to_string_lossy());
                config.set("ssl.key.location", key_file.to_string_lossy());
            }
        }
    }
}

/// A login as it was given, before it is known whether one is wanted.
struct Login {
    mechanism: Option<String>,
    user: Option<String>,
    password: Secret,
}

impl Login {
    fn read(reader: &mut Reader) -> Self {
        Self {
            mechanism: reader.optional("kafka.sasl_mechanism"),
            user: reader.optional("kafka.user"),
            password: reader.secret("kafka.password"),
        }
    }

    fn refuse(&self, reader: &mut Reader, security: &str) {
        for (key, given) in [
            ("kafka.sasl_mechanism", self.mechanism.is_some()),
            ("kafka.user", self.user.is_some()),
            ("kafka.password", !self.password.expose().is_empty()),
        ] {
            if given {
                let message =
                    format!("nobody logs in where kafka.security is {security}: take it away, or set sasl_tls");
                reader.error(key, &message);
            }
        }
    }

    fn check(self, reader: &mut Reader) -> Sasl {
        let name = self.mechanism.as_deref().unwrap_or(Mechanism::ScramSha256.as_str());
        let mechanism = Mechanism::ALL.into_iter().find(|known| known.as_str() == name);
        if mechanism.is_none() {
            let message = format!("{name:?} is unknown; expected SCRAM-SHA-256, SCRAM-SHA-512 or PLAIN");
            reader.error("kafka.sasl_mechanism", &message);
        }
        if self.user.is_none() {
            reader.error("kafka.user", "is required where kafka.security is one with sasl");
        }
        if self.password.expose().is_empty() {
            reader
                .error("kafka.password", "is required where kafka.security is one with sasl (or kafka.password_file)");
        }
        Sasl {
            mechanism: mechanism.unwrap_or(Mechanism::ScramSha256),
            user: self.user.unwrap_or_default(),
            password: self.password,
        }
    }
}

impl Tls {
    fn read(reader: &mut Reader) -> Self {
        let ca_file =
            readable(reader, "kafka.ca_file", "certificate", |path| CertificateDer::from_pem_file(path).map(drop));
        let certificate = readable(reader, "kafka.certificate_file", "certificate", |path| {
            CertificateDer::from_pem_file(path).map(drop)
        });
        let key =
            readable(reader, "kafka.key_file", "private key", |path| PrivateKeyDer::from_pem_file(path).map(drop));
        let identity = match (certificate, key) {
            (Some(certificate_file), Some(key_file)) => Some(Identity { certificate_file, key_file }),
            (None, None) => None,
            (Some(_), None) => {
                reader.error("kafka.key_file", "is required beside kafka.certificate_file");
                None
            }
            (None, Some(_)) => {
                reader.error("kafka.certificate_file", "is required beside kafka.key_file");
                None
            }
        };
        Self { ca_file, identity }
    }

    fn refuse(&self, reader: &mut Reader, security: &str) {
        let (authority, identity) = (self.ca_file.is_some(), self.identity.is_some());
        for (key, given) in [("kafka.ca_file", authority), ("kafka.certificate_file", identity)] {
            if given {
                let message =
                    format!("nothing is encrypted where kafka.security is {security}: take it away, or set tls");
                reader.error(key, &message);
            }
        }
    }
}

/// Returns the path of a PEM file that holds what it should.
fn readable(
    reader: &mut Reader,
    key: &str,
    what: &str,
    look: impl Fn(&Path) -> Result<(), pem::Error>,
) -> Option<PathBuf> {
    let path = PathBuf::from(reader.optional(key)?);
    if let Err(error) = look(&path) {
        #[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum that grows")]
        let why = match error {
            pem::Error::Io(error) => error.to_string(),
            // A text in the middle of a key is no text for a log.
            _ => format!("holds no {what} in PEM form"),
        };
        reader.error(key, &format!("{}: {why}", path.display()));
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PEM file of each kind; what a test does not ask for is not read.
    fn files() -> (tempfile::TempDir, String, String) {
        let directory = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (certificate, key) = (directory.path().join("c.pem"), directory.path().join("k.pem"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let text = |path: PathBuf| path.display().to_string();
        (directory, text(certificate), text(key))
    }

    fn read(lines: &str) -> (Connection, Vec<String>) {
        let mut reader = Reader::from_text(&format!("[kafka]\nbrokers = \"b:1\"\n{lines}"));
        let connection = Connection::read(&mut reader);
        (connection, reader.finish().err().map(|errors| errors.0).unwrap_or_default())
    }

    #[test]
    fn what_librdkafka_is_told() {
        let (_directory, certificate, key) = files();
        let tls = format!("ca_file = {certificate:?}");
        let both = format!("{tls}\ncertificate_file = {certificate:?}\nkey_file = {key:?}");
        let login = "user = \"u\"\npassword = \"p\"";
        for (lines, expected) in [
            (String::new(), vec![("security.protocol", "plaintext")]),
            (
                format!("security = \"tls\"\n{tls}"),
                vec![("security.protocol", "ssl"), ("ssl.ca.location", &certificate)],
            ),
            (format!("security = \"tls\"\n{both}"), vec![("ssl.key.location", &key)]),
            (
                format!("security = \"sasl_plaintext\"\n{login}"),
                vec![("security.protocol", "sasl_plaintext"), ("sasl.mechanism", "SCRAM-SHA-256")],
            ),
            (
                format!("security = \"sasl_tls\"\nsasl_mechanism = \"SCRAM-SHA-512\"\n{login}\n{tls}"),
                vec![
                    ("security.protocol", "sasl_ssl"),
                    ("sasl.mechanism", "SCRAM-SHA-512"),
                    ("sasl.username", "u"),
                    ("sasl.password", "p"),
                    ("ssl.endpoint.identification.algorithm", "https"),
                ],
            ),
        ] {
            let (connection, errors) = read(&lines);
            assert!(errors.is_empty(), "{lines}: {errors:?}");
            let config = connection.client("c");
            for (key, value) in expected {
                assert_eq!(config.get(key), Some(value), "{lines}: {key}");
            }
        }
    }

    #[test]
    fn what_contradicts_itself_is_named_all_at_once() {
        let (_directory, certificate, key) = files();
        for (lines, expected) in [
            ("security = \"ssl\"".to_owned(), vec!["kafka.security: \"ssl\" is unknown; expected plaintext, tls"]),
            (
                "user = \"u\"\npassword = \"p\"".to_owned(),
                vec!["kafka.user: nobody logs in where", "kafka.password: nobody logs in where"],
            ),
            (
                format!("security = \"sasl_plaintext\"\nca_file = {certificate:?}"),
                vec![
                    "kafka.ca_file: nothing is encrypted",
                    "kafka.user: is required where",
                    "kafka.password: is required where",
                ],
            ),
            (
                "security = \"sasl_tls\"\nuser = \"u\"\npassword = \"p\"\nsasl_mechanism = \"scram\"".to_owned(),
                vec!["kafka.sasl_mechanism: \"scram\" is unknown; expected SCRAM-SHA-256"],
            ),
            (
                format!("security = \"tls\"\ncertificate_file = {certificate:?}"),
                vec!["kafka.key_file: is required beside"],
            ),
            (format!("security = \"tls\"\nkey_file = {key:?}"), vec!["kafka.certificate_file: is required beside"]),
            (
                format!(
                    "security = \"tls\"\nca_file = \"/nowhere.pem\"\ncertificate_file = {key:?}\nkey_file = {certificate:?}"
                ),
                vec![
                    "kafka.ca_file: /nowhere.pem: No such file",
                    "holds no certificate in PEM form",
                    "holds no private key in PEM form",
                ],
            ),
        ] {
            let (_, errors) = read(&lines);
            assert_eq!(errors.len(), expected.len(), "{lines}: {errors:?}");
            for (error, expected) in errors.iter().zip(expected) {
                assert!(error.contains(expected), "{lines}: {error}");
            }
        }
    }
}
