//! A container as a file describes it, and its program asked whether it takes what it would be given there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_tests::program::{command, finish};
use tempfile::TempDir;

use crate::{PATIENT, SERVICES};

/// A container that runs one of our programs.
#[derive(Debug)]
pub(crate) struct Container {
    /// As its file calls it.
    pub(crate) name: String,
    /// Whose image, registry and version.
    pub(crate) image: String,
    /// What stands behind the program.
    pub(crate) arguments: Vec<String>,
    /// Its variables.
    pub(crate) environment: BTreeMap<String, String>,
    /// Files in it, and what they are outside.
    pub(crate) files: BTreeMap<String, Source>,
}

/// What a file in a container is made of.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// A file of the repository.
    File(PathBuf),
    /// A secret, by the name it has in the container.
    Secret(String),
}

impl Container {
    /// Returns the name of its program, which its image is named after.
    pub(crate) fn program(&self) -> &str {
        let name = self.image.rsplit('/').next().unwrap();
        name.split(':').next().unwrap()
    }

    /// Asks the program. A service checks its configuration; the command line reads its arguments and its variables and then finds
    /// nobody to talk to.
    pub(crate) fn is_taken(&self) {
        self.keeps_its_secrets();
        let files = Files::new(&self.files);
        let is_service = SERVICES.iter().any(|service| self.program() == format!("hearken-{service}"));
        let mut asked = vec![];
        if is_service {
            asked.push((vec!["--check-config".to_owned()], 0, "the configuration is valid"));
        } else {
            let help = self.arguments.iter().cloned().chain(["--help".to_owned()]).collect();
            asked.push((help, 0, "Usage: hearken"));
            asked.push((vec!["sql".to_owned(), "SELECT 1".to_owned()], 1, "ClickHouse does not answer"));
        }
        for (arguments, code, says) in asked {
            let mut command = command(self.program());
            command.args(&arguments).envs(self.environment.iter().map(|(key, value)| (key, files.outside(value))));
            if !is_service {
                // The port of the discard service, where nobody listens.
                let scheme = self.environment["HEARKEN_CLICKHOUSE__URL"].split("://").next().unwrap();
                command.env("HEARKEN_CLICKHOUSE__URL", format!("{scheme}://127.0.0.1:9"));
            }
            let told = finish(&mut command, PATIENT);
            let said = format!("{}{}", told.out, told.err);
            assert!(told.code == Some(code) && said.contains(says), "{}: {arguments:?} {told:?}", self.name);
            assert!(!said.contains("variables HEARKEN"), "{}: {said}", self.name);
        }
    }

    /// No variable is a secret itself; those that name one name a file.
    fn keeps_its_secrets(&self) {
        for (key, value) in self.environment.iter().filter(|(key, _)| key.starts_with("HEARKEN_")) {
            let is_secret = ["PASSWORD", "SECRET", "TOKEN", "PSEUDONYM"].iter().any(|word| key.contains(word));
            let is_file = value.starts_with("/run/secrets/") && self.files.contains_key(value);
            assert!(!is_secret || is_file, "{}: {key} is {value:?}, which is no secret's file", self.name);
        }
    }
}

/// A container's files, as they lie on this machine.
struct Files {
    directory: TempDir,
    names: Vec<String>,
}

impl Files {
    fn new(files: &BTreeMap<String, Source>) -> Self {
        let directory = TempDir::new().unwrap();
        for (name, source) in files {
            let path = directory.path().join(name.trim_start_matches('/'));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let content = match source {
                Source::File(source) => {
                    fs::read(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()))
                }
                Source::Secret(name) => secret(name).into_bytes(),
            };
            fs::write(&path, content).unwrap();
        }
        Self { directory, names: files.keys().cloned().collect() }
    }

    /// Returns a value with a path of the container as the path it has here.
    fn outside(&self, value: &str) -> String {
        if self.names.iter().any(|name| name == value) {
            return self.path(value).display().to_string();
        }
        assert!(
            !["/run/", "/etc/"].iter().any(|begin| value.starts_with(begin)),
            "{value} is no file of the container"
        );
        value.to_owned()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.directory.path()).join(name.trim_start_matches('/'))
    }
}

/// Makes what a secret of that name holds.
fn secret(name: &str) -> String {
    let made = rcgen::generate_simple_self_signed(["kafka.example".to_owned()]).unwrap();
    match name {
        "tokens" => String::new(),
        "kafka-key" => made.signing_key.serialize_pem(),
        "kafka-ca" | "kafka-certificate" | "clickhouse-ca" => made.cert.pem(),
        _ => "0123456789abcdef".repeat(4),
    }
}
