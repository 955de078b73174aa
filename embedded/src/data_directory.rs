//! The data directory of the local ClickHouse: its lock, and the configuration the engine starts with.
//!
//! The engine gets a plain `Atomic` database named `default` and never its own overlay, in which a table name may be
//! the path of any file on the machine. Two roles divide the one user the engine knows: the writer may do all, the
//! reader may only look at tables; users of a file have roles of their own. A dictionary reads its table as somebody who logs in
//! inside the engine, by the name and password of whoever made it: those users are known there too, by the hashes of their passwords.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::users::EngineRole;

/// The role of a connection that may only read.
pub const READER_ROLE: &str = "local_reader";
const WRITER_ROLE: &str = "local_writer";

/// Bounds the engine itself enforces on every statement; no setting can raise them.
#[derive(Clone, Copy, Debug)]
pub struct StatementLimits {
    /// Longest run of a statement.
    pub seconds_max: u32,
    /// Memory of one statement, and of the engine as a whole.
    pub memory_bytes_max: u64,
}

/// The one user the engine knows by itself; nobody but this program reaches it, so it needs no password.
const SELF: &str = "default";

/// Somebody in whose name dictionaries read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The name.
    pub name: String,
    /// The SHA-256 of the password, in lower-case hexadecimal digits.
    pub password_sha256: String,
}

/// What the engine is configured with.
#[derive(Clone, Debug)]
pub struct Configured {
    /// Bounds on every statement.
    pub limits: StatementLimits,
    /// Roles of users, beside the engine's own two.
    pub roles: Vec<EngineRole>,
    /// Whose names and passwords dictionaries may keep.
    pub accounts: Vec<Account>,
}

/// Why a data directory cannot be used.
#[derive(Debug, Error)]
pub enum DataDirectoryError {
    /// Another program has it open.
    #[error("the data directory {0} is in use by another hearken-clickhouse; stop that one, or choose another --data")]
    InUse(PathBuf),
    /// The file system refused something.
    #[error("the data directory {path} cannot be prepared: {source}")]
    Unusable {
        /// What was being written.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

/// A data directory that belongs to this program until it is dropped.
pub struct DataDirectory {
    path: PathBuf,
    /// Holds the lock; the operating system lets go of it when the program ends in any way.
    _lock: File,
}

impl DataDirectory {
    /// Creates the directory where needed, locks it, and writes the engine's configuration.
    pub fn open(path: &Path, configured: &Configured) -> Result<Self, DataDirectoryError> {
        let prepared = Self::prepare(path).map_err(|source| Self::unusable(path, source))?;
        let (path, lock) = prepared;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(DataDirectoryError::InUse(path)),
            Err(TryLockError::Error(source)) => return Err(Self::unusable(&path, source)),
        }
        let directory = Self { path, _lock: lock };
        directory.write_configuration(configured).map_err(|source| Self::unusable(&directory.path, source))?;
        Ok(directory)
    }

    /// The arguments of the engine's first connection. Later ones need only the path.
    pub fn engine_arguments(&self) -> Vec<String> {
        vec![self.path_argument(), format!("--config-file={}", self.own("config.xml").display())]
    }

    /// The argument that every connection repeats.
    pub fn path_argument(&self) -> String {
        format!("--path={}", self.path.display())
    }

    /// Where the data lies, as an absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn prepare(path: &Path) -> io::Result<(PathBuf, File)> {
        fs::create_dir_all(path.join(".hearken"))?;
        let path = fs::canonicalize(path)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join(".hearken/lock"))?;
        Ok((path, lock))
    }

    fn unusable(path: &Path, source: io::Error) -> DataDirectoryError {
        DataDirectoryError::Unusable { path: path.to_owned(), source }
    }

    fn own(&self, name: &str) -> PathBuf {
        self.path.join(".hearken").join(name)
    }

    fn write_configuration(&self, configured: &Configured) -> io::Result<()> {
        let users = self.own("users.xml");
        write_whole(&users, &users_xml(configured))?;
        write_whole(&self.own("config.xml"), &config_xml(&users, configured.limits))?;
        let default_database = self.path.join("metadata/default.sql");
        if !default_database.exists() {
            fs::create_dir_all(self.path.join("metadata"))?;
            write_whole(&default_database, &default_database_sql(&crate::random_uuid()))?;
        }
        Ok(())
    }
}

/// Writes a file so that a crash leaves the old one or the new one; nobody else may read it, for one has hashes of passwords.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = File::options().create(true).write(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

/// Without a `default_database` the engine makes no overlay; `database` then names the session's.
fn config_xml(users: &Path, limits: StatementLimits) -> String {
    let users = escape_xml(&users.display().to_string());
    let memory_bytes_max = limits.memory_bytes_max;
    format!(
        "<clickhouse>
    <timezone>UTC</timezone>
    <default_database></default_database>
    <database>default</database>
    <users_config>{users}</users_config>
    <max_server_memory_usage>{memory_bytes_max}</max_server_memory_usage>
</clickhouse>
"
    )
}

fn users_xml(Configured { limits, roles, accounts }: &Configured) -> String {
    let StatementLimits { seconds_max, memory_bytes_max } = limits;
    let granted: String = roles.iter().map(|role| format!("<query>GRANT {}</query>", role.name)).collect();
    let query = |grant: &String| format!("<query>{}</query>", escape_xml(grant));
    let role = |role: &EngineRole| {
        let queries: String = role.grants.iter().map(query).collect();
        format!("\n        <{name}><grants>{queries}</grants></{name}>", name = role.name)
    };
    let roles: String = roles.iter().map(role).collect();
    let proof = |account: &Account| {
        format!("<given><password_sha256_hex>{}</password_sha256_hex></given>", account.password_sha256)
    };
    let own = accounts.iter().find(|account| account.name == SELF).map(proof).unwrap_or_default();
    let grants = format!("<query>GRANT {WRITER_ROLE}</query><query>GRANT {READER_ROLE}</query>{granted}");
    let itself = user_xml(SELF, &format!("<none><password></password></none>{own}"), &grants);
    let reads = format!("<query>GRANT {READER_ROLE}</query>");
    let others = accounts.iter().filter(|account| account.name != SELF && is_element(&account.name));
    let others: String = others.map(|account| user_xml(&account.name, &proof(account), &reads)).collect();
    format!(
        "<clickhouse>
    <profiles><default>
        <implicit_select>0</implicit_select>
        <allow_introspection_functions>0</allow_introspection_functions>
        <async_insert>0</async_insert>
        <max_execution_time>{seconds_max}</max_execution_time>
        <max_memory_usage>{memory_bytes_max}</max_memory_usage>
        <constraints>
            <max_execution_time><min>0.001</min><max>{seconds_max}</max></max_execution_time>
            <max_memory_usage><min>1</min><max>{memory_bytes_max}</max></max_memory_usage>
        </constraints>
    </default></profiles>
    <roles>
        <{WRITER_ROLE}><grants><query>GRANT ALL ON *.*</query></grants></{WRITER_ROLE}>
        <{READER_ROLE}><grants><query>GRANT SHOW, SELECT, dictGet ON *.*</query></grants></{READER_ROLE}>{roles}
    </roles>
    <users>{itself}{others}</users>
    <quotas><default/></quotas>
</clickhouse>
"
    )
}

fn user_xml(name: &str, proofs: &str, grants: &str) -> String {
    format!(
        "<{name}>
        <auth_methods>{proofs}</auth_methods>
        <networks><ip>::/0</ip></networks>
        <profile>default</profile>
        <quota>default</quota>
        <grants>{grants}</grants>
    </{name}>"
    )
}

/// Tells whether a name can be an element of XML, as a user's is; whose is not cannot make dictionaries.
fn is_element(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

fn default_database_sql(uuid: &str) -> String {
    format!("ATTACH DATABASE _ UUID '{uuid}'\nENGINE = Atomic\n")
}

fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: StatementLimits = StatementLimits { seconds_max: 30, memory_bytes_max: 1 << 30 };

    fn configured(names: &[&str]) -> Configured {
        let account = |name: &&str| Account { name: (*name).to_owned(), password_sha256: format!("hash-of-{name}") };
        Configured { limits: LIMITS, roles: Vec::new(), accounts: names.iter().map(account).collect() }
    }

    #[test]
    fn a_second_program_is_refused_and_the_first_one_leaves_the_directory_free() {
        let temporary = tempfile::tempdir().expect("a temporary directory");
        let first = DataDirectory::open(temporary.path(), &configured(&[])).expect("an empty directory is free");
        let refused =
            DataDirectory::open(temporary.path(), &configured(&[])).err().expect("the first one holds the lock");
        assert!(refused.to_string().contains("in use by another hearken-clickhouse"), "{refused}");
        drop(first);
        DataDirectory::open(temporary.path(), &configured(&[])).expect("the lock went with its holder");
    }

    #[test]
    fn the_default_database_keeps_its_identity() {
        let temporary = tempfile::tempdir().expect("a temporary directory");
        let metadata = temporary.path().join("metadata/default.sql");
        let read = || fs::read_to_string(&metadata).expect("written by open");
        drop(DataDirectory::open(temporary.path(), &configured(&[])).expect("free"));
        let before = read();
        drop(DataDirectory::open(temporary.path(), &configured(&[])).expect("free"));
        assert_eq!(read(), before);
    }

    #[test]
    fn who_may_make_dictionaries_is_known_by_the_hash_of_his_password() {
        let xml = users_xml(&configured(&["default", "root", "<a>"]));
        for words in [
            "<users><default>\n        <auth_methods><none><password></password></none><given><password_sha256_hex>hash-of-default<",
            "<root>\n        <auth_methods><given><password_sha256_hex>hash-of-root<",
        ] {
            assert!(xml.contains(words), "{words}: {xml}");
        }
        assert!(!xml.contains("<<a>") && !xml.contains("hash-of-<a>"), "{xml}");
    }

    #[test]
    fn a_path_with_markup_stays_a_path() {
        let xml = config_xml(Path::new("/tmp/a<b>&c/users.xml"), LIMITS);
        assert!(xml.contains("<users_config>/tmp/a&lt;b&gt;&amp;c/users.xml</users_config>"), "{xml}");
    }
}
