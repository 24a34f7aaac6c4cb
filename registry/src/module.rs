//! What is changed in a core module before it becomes a component.

use std::convert::Infallible;

use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{ExportSection, Module};
use wasmparser::{Export, Parser};

/// A module that frees nothing after a call: its instance is thrown away whole. Each function of
/// this kind costs a lookup in every instance and a call after every result.
pub fn without_post_returns(module: &[u8]) -> Result<Vec<u8>, Error<Infallible>> {
    let mut kept = Module::new();
    WithoutPostReturns.parse_core_module(&mut kept, Parser::new(0), module)?;
    Ok(kept.finish())
}

struct WithoutPostReturns;

impl Reencode for WithoutPostReturns {
    type Error = Infallible;

    fn parse_export(&mut self, exports: &mut ExportSection, export: Export<'_>) -> Result<(), Error<Infallible>> {
        if export.name.starts_with("cabi_post_") {
            return Ok(());
        }
        utils::parse_export(self, exports, export)
    }
}
