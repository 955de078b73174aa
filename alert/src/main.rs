//! `hearken-alert`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hearken_runtime::service::run::<hearken_alert::service::Alert>()
}
