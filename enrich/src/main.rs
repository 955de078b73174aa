//! `hearken-enrich`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hearken_runtime::service::run::<hearken_enrich::service::Enrich>()
}
