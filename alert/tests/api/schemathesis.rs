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

/// How it is run: with whose token, which phases, and how many requests it makes up of each kind at most.
struct Run<'a> {
    who: &'a str,
    phases: &'a str,
    examples: &'a str,
    config: &'a Path,
}

impl Run<'_> {
    async fn check(&self, program: &Path, world: &World) {
        let Self { who, phases, examples, config } = self;
        let mut command = Command::new(program);
        command.arg("--config-file").arg(config).arg("run");
        command.arg(format!("http://{}/api/v1/openapi.json", world.address));
        command.args(["--phases", phases, "--max-examples", examples, "--seed", "7", "--no-color"]);
        command.current_dir(env!("CARGO_TARGET_TMPDIR"));
        if !who.is_empty() {
            command.args(["--header", &format!("Authorization: Bearer {}", world.token(who))]);
        }
        let Output { status, stdout, .. } =
            tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(status.success(), "{who:?} {phases}: {}", String::from_utf8_lossy(&stdout));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_elses_tester_finds_nothing() {
    let Some(program) = prepared() else { return };
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let all = source("schemathesis.toml");
    // The same about a case that is there, whose id nobody guesses.
    let about = TempDir::new().unwrap();
    let one = about.path().join("one.toml");
    let text = std::fs::read_to_string(&all).unwrap();
    std::fs::write(&one, format!("{text}\n[parameters]\n\"path.case_id\" = \"{case}\"\n")).unwrap();
    let run = |who, phases, examples, config| Run { who, phases, examples, config };
    run("admin", "examples,coverage,fuzzing,stateful", "5", all.as_path()).check(&program, &world).await;
    for who in ["admin", "li", "reader", "wang", "expired", "hearken_wrong", ""] {
        run(who, "examples,fuzzing", "8", one.as_path()).check(&program, &world).await;
    }
    let acts = world.rows("SELECT toUInt32(count()) AS n FROM case_events WHERE by_human").await;
    assert!(acts[0]["n"].as_u64() > Some(0), "it did act on the case");
}
