//! TLS of a server: its certificate and key.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;

/// What a server proves with who it is.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[a certificate and its key]")
    }
}

impl Tls {
    /// Reads a certificate, with those between it and its authority, and its private key: PEM files both.
    ///
    /// # Errors
    /// Where a file cannot be read, holds something else, or one does not belong to the other; in words, without theirs.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, String> {
        let named = |path: &Path, why: &str| format!("{}: {why}", path.display());
        let bytes = |path: &Path| fs::read(path).map_err(|error| named(path, &error.to_string()));
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes(certificate)?).collect();
        let chain = chain.ok().filter(|chain| !chain.is_empty());
        let chain = chain.ok_or_else(|| named(certificate, "holds no certificate in PEM form"))?;
        let own =
            PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| named(key, "holds no private key in PEM form"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(chain, own))
            .map_err(|error| named(key, &format!("does not go with {}: {error}", certificate.display())))?;
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)) })
    }

    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_and_its_key_are_read_or_refused_in_words() {
        let directory = tempfile::tempdir().expect("a directory");
        let file = |name: &str, text: String| {
            let path = directory.path().join(name);
            fs::write(&path, text).expect("written");
            path
        };
        let pair = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        let (own, other) = (pair(), pair());
        let certificate = file("own.pem", own.cert.pem());
        let key = file("own.key", own.signing_key.serialize_pem());
        let foreign = file("other.key", other.signing_key.serialize_pem());
        for (certificate, key, expected) in [
            (&certificate, &key, None),
            (&key, &key, Some("own.key: holds no certificate in PEM form")),
            (&certificate, &certificate, Some("own.pem: holds no private key in PEM form")),
            (&certificate, &foreign, Some("other.key: does not go with")),
            (&directory.path().join("none"), &key, Some("none: No such file")),
        ] {
            let read = Tls::read(certificate, key).err();
            match expected {
                None => assert_eq!(read, None),
                Some(expected) => assert!(read.as_ref().is_some_and(|why| why.contains(expected)), "{read:?}"),
            }
        }
    }
}
