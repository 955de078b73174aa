//! Other people's tester of APIs: it sends what the document permits and what it forbids, and looks whether answers are as described.
//! Where Python or the package is not to be had it is skipped by name.

use std::path::Path;
use std::process::Output;

use super::*;

/// Where the tester is prepared: beside the programs, so that it is fetched once.
fn prepared() -> Option<PathBuf> {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("schemathesis");
    let (python, source) = (venv.join("bin/python"), source("requirements.txt"));
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]).arg(source);
    for step in [Command::new("python3").args(["-m", "venv"]).arg(&venv), &mut install] {
        let why = match step.output() {
            Ok(output) if output.status.success() => continue,
            Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        };
        eprintln!("skipped: schemathesis is not on this machine and cannot be fetched: {step:?}: {why}");
        return None;
    }
    Some(venv.join("bin/schemathesis"))
}

fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api").join(name)
}

/// Whose token it sends, and how many requests it makes up of each kind.
async fn run(program: &Path, world: &World, (who, examples): (&str, &str)) -> Output {
    let reports = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let mut command = Command::new(program);
    command.arg("--config-file").arg(source("schemathesis.toml")).arg("run");
    command.arg(format!("http://{}/api/v1/openapi.json", world.address));
    command.args(["--max-examples", examples, "--seed", "7", "--no-color"]).current_dir(reports);
    if !who.is_empty() {
        command.args(["--header", &format!("Authorization: Bearer {}", world.token(who))]);
    }
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_elses_tester_finds_nothing() {
    let Some(program) = prepared() else { return };
    let world = World::start().await;
    for number in 0..20 {
        world.open(&format!("c{number}"), "li", "service").await;
    }
    for (who, examples) in [
        ("admin", "8"),
        ("li", "3"),
        ("reader", "2"),
        ("wang", "2"),
        ("expired", "1"),
        ("hearken_wrong", "1"),
        ("", "1"),
    ] {
        let Output { status, stdout, .. } = run(&program, &world, (who, examples)).await;
        let said = String::from_utf8_lossy(&stdout);
        assert!(status.success(), "{who:?}: {said}");
    }
    let sql = "SELECT count() > 20 AS some FROM case_events WHERE by_human";
    assert_eq!(world.rows(sql).await, [json!({"some": true})], "it did act on cases");
}
