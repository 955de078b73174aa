//! What `cargo bench --bench cores` found last, read from the files that Criterion leaves.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// Returns the stages and their microseconds a record (medians); none where `cores` has not run in this target directory.
pub fn microseconds(target: &Path) -> Vec<(String, f64)> {
    let groups = fs::read_dir(target.join("criterion")).into_iter().flatten().flatten();
    let cores = groups.filter(|group| group.file_name().to_string_lossy().starts_with("cores_"));
    let stages = cores.flat_map(|group| fs::read_dir(group.path()).into_iter().flatten().flatten());
    let mut found: Vec<(String, f64)> = stages.filter_map(|stage| stage_of(&stage.path().join("new"))).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

fn stage_of(folder: &Path) -> Option<(String, f64)> {
    let read = |name: &str| serde_json::from_slice::<Value>(&fs::read(folder.join(name)).ok()?).ok();
    let (benchmark, estimates) = (read("benchmark.json")?, read("estimates.json")?);
    let records = benchmark["throughput"]["Elements"].as_f64()?;
    let nanoseconds = estimates["median"]["point_estimate"].as_f64()?;
    Some((benchmark["full_id"].as_str()?.to_owned(), nanoseconds / records / 1_000.0))
}
