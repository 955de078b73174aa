//! `hearken-ingest`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hearken_runtime::service::run::<hearken_ingest::service::Ingest>()
}
