//! Who may speak to the broker, and over what: from files to what Kafka is told.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_schemas::unquoted::unquoted;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Error;

/// The files that close a broker; without any of them everybody on the machine may speak to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Closed {
    /// The broker's certificate, with those between it and its authority, as PEM.
    pub certificate: Option<PathBuf>,
    /// Its private key, as PEM (PKCS #8), unencrypted.
    pub key: Option<PathBuf>,
    /// The authorities that sign the clients' certificates, as PEM; with them a client without one is refused.
    pub clients: Option<PathBuf>,
    /// The users who may log in, as TOML: `[users]`, then `name = "password"`.
    pub users: Option<PathBuf>,
    /// The one of them who may do everything; the others then may do only what they were granted (Kafka's ACLs).
    pub superuser: Option<String>,
}

/// What the files say.
#[derive(Default)]
pub(super) struct Guard {
    tls: Option<Tls>,
    users: BTreeMap<String, String>,
    superuser: Option<String>,
}

struct Tls {
    certificate: String,
    key: String,
    clients: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    users: BTreeMap<String, String>,
}

impl Closed {
    /// Reads the files.
    pub(super) fn guard(&self) -> Result<Guard, Error> {
        let tls = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => Some(Tls {
                certificate: pem(certificate, "CERTIFICATE")?,
                key: pem(key, "PRIVATE KEY")?,
                clients: self.clients.as_deref().map(|path| pem(path, "CERTIFICATE")).transpose()?,
            }),
            (None, None) => None,
            (Some(path), None) | (None, Some(path)) => {
                return Err(wrong(path, "a certificate and its key belong together"));
            }
        };
        let users = self.users.as_deref().map(users).transpose()?.unwrap_or_default();
        match (&self.superuser, &self.users) {
            (Some(name), Some(path)) if !users.contains_key(name) => {
                Err(wrong(path, format!("the superuser {name:?} is none of its users")))
            }
            (superuser, _) => Ok(Guard { tls, users, superuser: superuser.clone() }),
        }
    }
}

impl Guard {
    /// Returns Kafka's name of what protects the way to the broker.
    pub(super) fn protocol(&self) -> &'static str {
        match (&self.tls, self.users.is_empty()) {
            (None, true) => "PLAINTEXT",
            (Some(_), true) => "SSL",
            (None, false) => "SASL_PLAINTEXT",
            (Some(_), false) => "SASL_SSL",
        }
    }

    /// Returns the lines of `server.properties` about it.
    pub(super) fn properties(&self) -> String {
        let mut lines = format!("security.inter.broker.protocol={}\n", self.protocol());
        if let Some(tls) = &self.tls {
            let clients = if tls.clients.is_some() { "required" } else { "none" };
            lines += "ssl.keystore.type=PEM\nssl.keystore.location=keystore.pem\n\
                      ssl.truststore.type=PEM\nssl.truststore.location=truststore.pem\n\
                      ssl.endpoint.identification.algorithm=\n";
            let _ = writeln!(lines, "ssl.client.auth={clients}");
        }
        // The broker itself is somebody too, although it is alone and never logs in anywhere.
        if let Some((name, password)) = self.users.first_key_value() {
            lines += "sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512,PLAIN\n\
                      sasl.mechanism.inter.broker.protocol=SCRAM-SHA-256\n";
            let listener = self.protocol().to_lowercase();
            let jaas = |mechanism: &str, module: &str, more: &str| {
                format!(
                    "listener.name.{listener}.{mechanism}.sasl.jaas.config=org.apache.kafka.common.security.{module} \
                     required username=\"{name}\" password=\"{password}\"{more};\n"
                )
            };
            let all: String =
                self.users.iter().map(|(name, password)| format!(" user_{name}=\"{password}\"")).collect();
            lines += &jaas("scram-sha-256", "scram.ScramLoginModule", "");
            lines += &jaas("scram-sha-512", "scram.ScramLoginModule", "");
            lines += &jaas("plain", "plain.PlainLoginModule", &all);
        }
        // Whoever is anonymous is the broker itself at its controller's port, where nobody logs in.
        if let Some(superuser) = &self.superuser {
            let _ = writeln!(
                lines,
                "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
                 super.users=User:{superuser};User:ANONYMOUS"
            );
        }
        lines
    }

    /// Returns the files that the properties name, by name and text.
    pub(super) fn files(&self) -> Vec<(&'static str, String)> {
        let Some(Tls { certificate, key, clients }) = &self.tls else { return Vec::new() };
        // The broker tries whether it believes itself, so its own certificate is among those it trusts.
        let trusted = format!("{}\n{certificate}", clients.as_deref().unwrap_or_default());
        vec![("keystore.pem", format!("{key}\n{certificate}")), ("truststore.pem", trusted)]
    }

    /// Returns the arguments that make the users when the storage is formatted.
    pub(super) fn scram(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for (name, password) in &self.users {
            for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-512"] {
                let user = format!("{mechanism}=[name={name},password={password}]");
                arguments.extend(["--add-scram".to_owned(), user]);
            }
        }
        arguments
    }

    /// Returns what tells one list of users from another, and nothing of their passwords.
    pub(super) fn stamp(&self) -> String {
        let all: String = self.users.iter().map(|(name, password)| format!("{name}\n{password}\n")).collect();
        Sha256::digest(all).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn wrong(path: &Path, reason: impl Into<String>) -> Error {
    Error::BadFile { path: path.to_owned(), reason: reason.into() }
}

fn pem(path: &Path, kind: &str) -> Result<String, Error> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, error.to_string()))?;
    if !text.contains(&format!("-----BEGIN {kind}-----")) {
        return Err(wrong(path, format!("holds no {} in PEM form", kind.to_lowercase())));
    }
    Ok(text)
}

fn users(path: &Path) -> Result<BTreeMap<String, String>, Error> {
    let text = fs::read_to_string(path).map_err(|error| wrong(path, error.to_string()))?;
    let File { users } = toml::from_str(&text).map_err(|error| wrong(path, unquoted(&text, &error)))?;
    let plain =
        |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b));
    match users.iter().find(|(name, password)| !plain(name) || !plain(password)) {
        Some((name, _)) => Err(wrong(path, format!("user {name:?}: name and password are letters, digits and -._~"))),
        None if users.is_empty() => Err(wrong(path, "names no user")),
        None => Ok(users),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";

    fn closed(certificate: Option<&str>, key: Option<&str>, users: Option<&str>) -> Result<Guard, String> {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: Option<&str>| {
            let path = dir.path().join(name);
            text.map(|text| fs::write(&path, text).map(|()| path).unwrap())
        };
        let closed = Closed {
            certificate: file("c", certificate),
            key: file("k", key),
            clients: None,
            users: file("users.toml", users),
            superuser: users.map(|_| "ana".to_owned()),
        };
        closed.guard().map_err(|error| error.to_string())
    }

    #[test]
    fn the_protocol_follows_from_the_files() {
        let users = Some("[users]\nana = \"p-1\"\nbo = \"p-2\"\n");
        for (certificate, users, expected, words) in [
            (None, None, "PLAINTEXT", "protocol=PLAINTEXT\n"),
            (Some(CERTIFICATE), None, "SSL", "ssl.client.auth=none\n"),
            (None, users, "SASL_PLAINTEXT", "listener.name.sasl_plaintext.plain.sasl.jaas.config="),
            (Some(CERTIFICATE), users, "SASL_SSL", " user_ana=\"p-1\" user_bo=\"p-2\";\n"),
        ] {
            let guard = closed(certificate, certificate.map(|_| KEY), users).unwrap();
            assert_eq!(guard.protocol(), expected);
            assert!(guard.properties().contains(words), "{}", guard.properties());
            assert_eq!(guard.scram().len(), if users.is_some() { 8 } else { 0 });
            assert_eq!(guard.properties().contains("super.users=User:ana;"), users.is_some());
        }
    }

    #[test]
    fn a_file_that_says_nothing_is_refused_without_its_words() {
        for (certificate, key, users, expected) in [
            (Some(CERTIFICATE), None, None, "a certificate and its key belong together"),
            (Some(KEY), Some(KEY), None, "holds no certificate in PEM form"),
            (Some(CERTIFICATE), Some(CERTIFICATE), None, "holds no private key in PEM form"),
            (None, None, Some("[users]\nana = \"hunter2\n"), "invalid basic string"),
            (None, None, Some("[users]\nana = \"hunter2,name=x\"\n"), "user \"ana\": name and password are letters"),
            (None, None, Some("[users]\n"), "names no user"),
            (None, None, Some("[users]\nbo = \"hunter2\"\n"), "the superuser \"ana\" is none of its users"),
        ] {
            let error = closed(certificate, key, users).err().unwrap();
            assert!(error.contains(expected) && !error.contains("hunter2"), "{error}");
        }
    }
}
