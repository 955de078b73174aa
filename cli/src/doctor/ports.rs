//! The ports of a local run: free, or held by whom.

use std::fs;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use super::Finding;
use crate::Endpoints;

/// Looks at the addresses of Kafka and ClickHouse, as far as they are on this machine.
pub(super) fn look(endpoints: &Endpoints) -> Vec<Finding> {
    let url = endpoints.clickhouse.trim_start_matches("http://").trim_end_matches('/');
    let first = endpoints.brokers.split(',').next().unwrap_or_default().trim();
    [("Kafka", first, "--kafka-listen"), ("ClickHouse", url, "--clickhouse-listen")]
        .into_iter()
        .filter_map(|(engine, address, option)| {
            let address = address.to_socket_addrs().ok()?.find(|address| address.ip().is_loopback())?;
            Some(judge(engine, address, option, &holder(address)))
        })
        .collect()
}

/// Who has a port.
#[derive(Debug, PartialEq, Eq)]
enum Holder {
    Nobody,
    /// Its name, where it may be seen.
    Program(Option<String>),
}

fn judge(engine: &str, address: SocketAddr, option: &str, holder: &Holder) -> Finding {
    let own = ["java", "hearken-kafka", "hearken-clickho", "clickhouse"];
    match holder {
        Holder::Nobody => Finding::ok(format!("{address} is free for {engine}")),
        Holder::Program(Some(name)) if own.iter().any(|own| name.starts_with(own)) => {
            Finding::ok(format!("{address} is held by {name}"))
        }
        Holder::Program(name) => {
            let name = name.as_deref().unwrap_or("a program of somebody else");
            let fix = format!(
                "fine if that is {engine}; otherwise start with another address: hearken up {option} 127.0.0.1:0"
            );
            Finding::warn(format!("{address} is held by {name}"), fix)
        }
    }
}

fn holder(address: SocketAddr) -> Holder {
    if TcpListener::bind(address).is_ok() {
        return Holder::Nobody;
    }
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|path| fs::read_to_string(path).unwrap_or_default());
    let inode = tables.iter().find_map(|table| listening_inode(table, address.port()));
    Holder::Program(inode.and_then(|inode| program_of(&inode)))
}

/// Finds the socket that listens on a port in one of the kernel's tables.
fn listening_inode(table: &str, port: u16) -> Option<String> {
    const LISTENING: &str = "0A";
    table.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let (_, hex) = columns.get(1)?.rsplit_once(':')?;
        let same = u16::from_str_radix(hex, 16).ok()? == port && *columns.get(3)? == LISTENING;
        same.then(|| columns.get(9).map(|inode| (*inode).to_owned()))?
    })
}

/// Finds the program that has a socket open; those of other users cannot be seen.
fn program_of(inode: &str) -> Option<String> {
    let socket = format!("socket:[{inode}]");
    fs::read_dir("/proc").ok()?.flatten().find_map(|process| {
        // `self` is a process under another name.
        process.file_name().to_str()?.parse::<u32>().ok()?;
        let mut open = fs::read_dir(process.path().join("fd")).ok()?.flatten();
        open.find(|file| fs::read_link(file.path()).is_ok_and(|target| target.to_string_lossy() == socket))?;
        let name = fs::read_to_string(process.path().join("comm")).ok()?;
        Some(format!("{} (process {})", name.trim(), process.file_name().to_string_lossy()))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_port_that_is_held_names_its_holder() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let Holder::Program(Some(name)) = holder(address) else { panic!("this very program holds it") };
        assert!(name.ends_with(&format!("(process {})", std::process::id())), "{name}");
        let finding = judge("Kafka", address, "--kafka-listen", &Holder::Program(Some(name)));
        assert_eq!(finding.level, Level::Warn, "{finding}");
        drop(listener);
        assert_eq!(holder(address), Holder::Nobody);
    }

    #[test]
    fn the_engines_themselves_may_hold_their_ports() {
        let address = SocketAddr::from(([127, 0, 0, 1], 9092));
        for (holder, level) in [
            (Holder::Nobody, Level::Ok),
            (Holder::Program(Some("java (process 7)".to_owned())), Level::Ok),
            (Holder::Program(Some("nginx (process 7)".to_owned())), Level::Warn),
            (Holder::Program(None), Level::Warn),
        ] {
            assert_eq!(judge("Kafka", address, "--kafka-listen", &holder).level, level, "{holder:?}");
        }
    }

    #[test]
    fn the_kernel_s_table_is_read_by_port_and_state() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
             0: 0100007F:2384 00000000:0000 01 00000000:00000000 00:00000000 00000000  0 0 11 1 0\n\
             1: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0 0 22 1 0\n";
        assert_eq!(listening_inode(table, 9092).as_deref(), Some("22"));
        assert_eq!(listening_inode(table, 9093), None);
    }
}
