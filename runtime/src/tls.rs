//! TLS of clients that speak HTTP: whom they believe, and the one connector that all of them use.

use std::path::PathBuf;
use std::sync::Arc;

use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::Reader;

/// Opens connections to `https` addresses alone.
pub type Https = HttpsConnector<HttpConnector>;

/// Whom a client believes: the authorities that may sign a server's certificate.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    /// Those of a file; without one, those that the machine trusts.
    named: Option<Arc<RootCertStore>>,
}

impl Trust {
    /// Reads the authorities from the PEM file that a key names; where it names none, the machine's are believed.
    pub fn read(reader: &mut Reader, key: &str) -> Self {
        let Some(path) = reader.optional(key).map(PathBuf::from) else { return Self::default() };
        let named = roots(&path).map_err(|why| reader.error(key, &format!("{}: {why}", path.display())));
        Self { named: named.ok().map(Arc::new) }
    }

    /// Returns what opens connections to `https` addresses over `tcp`.
    ///
    /// # Errors
    /// Where the machine's authorities are to be believed and it has none.
    pub fn connector(&self, mut tcp: HttpConnector) -> Result<Https, String> {
        // The scheme is what the TLS layer looks at.
        tcp.enforce_http(false);
        let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let tls = match &self.named {
            Some(roots) => tls.with_root_certificates(Arc::clone(roots)),
            None => tls.with_native_roots().map_err(|_| "this machine trusts no authority at all".to_owned())?,
        };
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls.with_no_client_auth());
        Ok(builder.https_only().enable_http1().wrap_connector(tcp))
    }
}

fn roots(path: &std::path::Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&std::fs::read(path).map_err(|error| error.to_string())?) {
        let certificate = certificate.map_err(|_| "is no file of certificates in PEM form")?;
        roots.add(certificate).map_err(|error| format!("holds a certificate that cannot be read: {error}"))?;
    }
    if roots.is_empty() { Err("holds no certificate in PEM form".to_owned()) } else { Ok(roots) }
}

/// Says what there is to do about a connection that failed for TLS; nothing where it failed for another reason. `authority` and
/// `address` are the keys of the configuration that say whom to believe and where to connect.
pub fn advice(message: &str, authority: &str, address: &str) -> Option<String> {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    if says(&["UnknownIssuer", "CaUsedAsEndEntity", "BadSignature"]) {
        return Some(format!(
            "nobody vouches for its certificate who is believed here; name the authority with {authority}"
        ));
    }
    if says(&["NotValidForName", "not valid for name"]) {
        return Some(format!("its certificate is another host's; name the host in {address} as the certificate does"));
    }
    if says(&["invalid peer certificate"]) {
        return Some("its certificate is not valid; look at its dates and its authority".to_owned());
    }
    if says(&["corrupt message", "InvalidContentType", "UnsupportedProtocol"]) {
        return Some(format!("it does not speak TLS; begin {address} with http://"));
    }
    says(&["invalid HTTP version parsed"])
        .then(|| format!("it does not speak HTTP; begin {address} with https:// if it speaks TLS"))
}

/// Returns an error with what caused it: the network's errors say what happened only there.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    for cause in std::iter::successors(error.source(), |error| error.source()) {
        let cause = cause.to_string();
        // Many an error repeats its cause in its own words.
        if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_or_refused_in_words() {
        let directory = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        for (name, content, expected) in [
            ("ca.pem", made.cert.pem(), None),
            ("two.pem", made.cert.pem() + &made.cert.pem(), None),
            ("key.pem", made.signing_key.serialize_pem(), Some("holds no certificate in PEM form")),
            ("cut.pem", made.cert.pem()[..80].to_owned(), Some("is no file of certificates in PEM form")),
            ("empty.pem", String::new(), Some("holds no certificate in PEM form")),
        ] {
            let path = directory.path().join(name);
            std::fs::write(&path, content).unwrap();
            let mut reader = Reader::from_text(&format!("[alert]\nca_file = {path:?}"));
            let trust = Trust::read(&mut reader, "alert.ca_file");
            let error = reader.finish().err().map(|errors| errors.to_string());
            match expected {
                None => assert!(error.is_none() && trust.connector(HttpConnector::new()).is_ok(), "{name}: {error:?}"),
                Some(expected) => {
                    assert!(error.as_ref().is_some_and(|error| error.ends_with(expected)), "{name}: {error:?}")
                }
            }
        }
    }
}
