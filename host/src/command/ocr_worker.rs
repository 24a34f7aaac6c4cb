//! `posthouse ocr-worker`: reads drawn text until its host closes the pipe. Needs no configuration and no secret,
//! but pictures of parcels are in its memory.

use std::process::ExitCode;

use super::memory;
use crate::fetch::ocr;

pub fn run() -> anyhow::Result<ExitCode> {
    memory::hide()?;
    ocr::serve()?;
    Ok(ExitCode::SUCCESS)
}
