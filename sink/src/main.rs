//! `hearken-sink`.

use std::process::ExitCode;

fn main() -> ExitCode {
    hearken_runtime::service::run::<hearken_sink::service::Sink>()
}
