//! An authority of one test: it signs certificates for this machine, and nobody else believes it.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use tempfile::TempDir;

/// A certificate and its key, as PEM files.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The certificate.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

/// An authority with its files. Dropped, they are removed.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    directory: TempDir,
}

impl Authority {
    /// Makes an authority of this name.
    ///
    /// # Panics
    /// Where the directory cannot be written to.
    pub fn new(name: &str) -> Self {
        let (directory, key) = (TempDir::new().expect("a directory"), KeyPair::generate().expect("a key"));
        let mut params = named(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let own = params.self_signed(&key).expect("a certificate");
        fs::write(directory.path().join("ca.pem"), own.pem()).expect("written");
        Self { issuer: Issuer::new(params, key), directory }
    }

    /// Returns the file with its own certificate.
    pub fn file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// Signs a certificate for these hosts; without one, for a client.
    ///
    /// # Panics
    /// Where the directory cannot be written to.
    pub fn sign(&self, name: &str, hosts: &[&str]) -> Signed {
        let key = KeyPair::generate().expect("a key");
        let certificate = named(name, hosts).signed_by(&key, &self.issuer).expect("signed");
        let file = |kind: &str, text: String| {
            let path = self.directory.path().join(format!("{name}.{kind}"));
            fs::write(&path, text).expect("written");
            path
        };
        Signed { certificate: file("pem", certificate.pem()), key: file("key", key.serialize_pem()) }
    }

    /// Returns where its files are.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts).expect("names of hosts");
    params.distinguished_name.push(DnType::CommonName, name);
    params.use_authority_key_identifier_extension = true;
    params
}
