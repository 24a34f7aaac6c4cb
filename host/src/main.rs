//! `posthouse`: parses the command line and runs one command.

use clap::Parser as _;
use posthouse::command::Cli;

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    match cli.run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("posthouse: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
