//! `posthouse ocr-worker`: reads drawn text until its host closes the pipe. Needs no configuration and no secret.

use std::process::ExitCode;

use crate::fetch::ocr;

pub fn run() -> anyhow::Result<ExitCode> {
    ocr::serve()?;
    Ok(ExitCode::SUCCESS)
}
