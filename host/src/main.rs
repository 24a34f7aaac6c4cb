//! `posthouse`: parses the command line and runs one command.

use clap::Parser as _;
use posthouse::command::Cli;

fn main() -> std::process::ExitCode {
    end_when_nobody_reads();
    let cli = Cli::parse();
    match cli.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("posthouse: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// `posthouse … | head` ends without a word once nobody reads on.
fn end_when_nobody_reads() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if !info.payload_as_str().is_some_and(|words| words.starts_with("failed printing to stdout")) {
            usual(info);
        }
    }));
}
