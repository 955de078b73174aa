//! The machine itself: processor, C library, memory, disk, open files.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Finding;

const GIB: u64 = 1 << 30;
/// What Kafka, ClickHouse and the services take together while they work.
const MEMORY_BYTES_MIN: u64 = 3 * GIB;
const DISK_BYTES_MIN: u64 = GIB;
const DISK_BYTES_GOOD: u64 = 5 * GIB;
const FILES_MIN: u64 = 1024;

/// Looks at this machine.
pub(super) fn look(data: &Path) -> Vec<Finding> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    vec![
        processor(std::env::consts::ARCH, &read("/proc/cpuinfo")),
        library(said("getconf", &["GNU_LIBC_VERSION"]).as_deref()),
        memory(&read("/proc/meminfo")),
        disk(data),
        files(&read("/proc/self/limits")),
    ]
}

fn processor(arch: &str, cpuinfo: &str) -> Finding {
    let flags = cpuinfo.lines().find(|line| line.starts_with("flags")).unwrap_or_default();
    if arch != "x86_64" {
        Finding::fail(
            format!("the processor is {arch}"),
            "the local engines need x86_64; use a Kafka and a ClickHouse elsewhere",
        )
    } else if flags.split_whitespace().any(|flag| flag == "avx2") {
        Finding::ok("the processor is x86_64 with AVX2")
    } else {
        Finding::fail(
            "the processor has no AVX2, or this virtual machine hides it",
            "the local ClickHouse needs it; choose another type of machine, or use a ClickHouse elsewhere",
        )
    }
}

fn library(said: Option<&str>) -> Finding {
    match said {
        Some(version) if version.starts_with("glibc ") => Finding::ok(version.trim()),
        Some(_) | None => Finding::fail(
            "this Linux has another C library than glibc",
            "the local ClickHouse needs glibc; Debian, Ubuntu and Fedora have it",
        ),
    }
}

fn memory(meminfo: &str) -> Finding {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"));
    let kib: Option<u64> = line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse().ok());
    match kib.map(|kib| kib * 1024) {
        None => Finding::warn("how much memory is free cannot be read", "a local run needs about 3 GiB"),
        Some(free) if free < MEMORY_BYTES_MIN => Finding::warn(
            format!("{} of memory are free", gib(free)),
            "a local run takes about 3 GiB: end something else first",
        ),
        Some(free) => Finding::ok(format!("{} of memory are free", gib(free))),
    }
}

fn disk(data: &Path) -> Finding {
    let absolute = std::path::absolute(data).unwrap_or_else(|_| data.to_owned());
    // The directory itself may not be there yet.
    let there = absolute.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let table = said("df", &["-Pk", &there.to_string_lossy()]);
    free_disk(table.as_deref().and_then(free_bytes), data)
}

/// Reads the fourth column of `df -P`'s second line.
fn free_bytes(table: &str) -> Option<u64> {
    let kib: u64 = table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib * 1024)
}

fn free_disk(free: Option<u64>, data: &Path) -> Finding {
    let at = data.display();
    match free {
        None => Finding::warn(format!("how much disk is free in {at} cannot be read"), "see that there are some GiB"),
        Some(free) if free < DISK_BYTES_MIN => Finding::fail(
            format!("{} of disk are free in {at}", gib(free)),
            "make room, or choose another directory with --data",
        ),
        Some(free) if free < DISK_BYTES_GOOD => Finding::warn(
            format!("{} of disk are free in {at}", gib(free)),
            "enough to try; make room, or choose another directory with --data, before you load much",
        ),
        Some(free) => Finding::ok(format!("{} of disk are free in {at}", gib(free))),
    }
}

fn files(limits: &str) -> Finding {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    let count =
        soft.map_or(Some(u64::MAX), |soft| if soft == "unlimited" { Some(u64::MAX) } else { soft.parse().ok() });
    match count {
        Some(count) if count < FILES_MIN => Finding::warn(
            format!("a program may open {count} files"),
            format!("raise it before you start: ulimit -n {}", 4 * FILES_MIN),
        ),
        Some(u64::MAX) | None => Finding::ok("a program may open any number of files"),
        Some(count) => Finding::ok(format!("a program may open {count} files")),
    }
}

/// Runs a program and returns what it says on its standard output.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / GIB as f64)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn processors() {
        for (arch, cpuinfo, level) in [
            ("x86_64", "model name\t: x\nflags\t\t: fpu avx avx2 bmi1\n", Level::Ok),
            ("x86_64", "flags\t\t: fpu avx\nbugs\t\t: avx2\n", Level::Fail),
            ("aarch64", "", Level::Fail),
        ] {
            assert_eq!(processor(arch, cpuinfo).level, level, "{arch} {cpuinfo}");
        }
    }

    #[test]
    fn libraries() {
        assert_eq!(library(Some("glibc 2.36\n")), Finding::ok("glibc 2.36"));
        assert_eq!(library(None).level, Level::Fail);
        assert_eq!(library(Some("musl")).level, Level::Fail);
    }

    #[test]
    fn memory_and_disk() {
        for (meminfo, level) in [
            ("MemTotal: 9 kB\nMemAvailable:   24112024 kB\n", Level::Ok),
            ("MemAvailable:   2097152 kB\n", Level::Warn),
            ("", Level::Warn),
        ] {
            assert_eq!(memory(meminfo).level, level, "{meminfo}");
        }
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 40 20971520 40% /\n";
        assert_eq!(free_bytes(table), Some(20 * GIB));
        for (free, level) in [
            (Some(20 * GIB), Level::Ok),
            (Some(2 * GIB), Level::Warn),
            (Some(GIB / 2), Level::Fail),
            (None, Level::Warn),
        ] {
            assert_eq!(free_disk(free, Path::new("data")).level, level, "{free:?}");
        }
    }

    #[test]
    fn open_files() {
        let limits = |soft: &str| {
            format!(
                "Limit  Soft Limit  Hard Limit  Units\nMax open files            {soft}                20000  files\n"
            )
        };
        for (soft, level) in [("20000", Level::Ok), ("1024", Level::Ok), ("256", Level::Warn), ("unlimited", Level::Ok)]
        {
            assert_eq!(files(&limits(soft)).level, level, "{soft}");
        }
    }
}
