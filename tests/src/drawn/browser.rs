//! The browser by its command line: one page, one picture at device scale 2.

use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::{PAGE, Table};

const PROGRAM: &str = "/usr/lib/chromium/chromium-headless-shell";
/// One start of some hundreds hangs: it is ended after this, and tried once more.
const LIMIT: Duration = Duration::from_secs(20);

/// The table as PNG. Blocks for some hundred milliseconds.
pub fn picture(table: &Table) -> io::Result<Vec<u8>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("table.html"), &table.html)?;
    if !ended(start(folder.path())?)?.success() {
        let again = ended(start(folder.path())?)?;
        if !again.success() {
            return Err(io::Error::other(format!("{PROGRAM} twice drew nothing: {again}")));
        }
    }
    std::fs::read(folder.path().join("table.png"))
}

fn start(folder: &Path) -> io::Result<Child> {
    let (width, height) = PAGE;
    let mut command = Command::new(PROGRAM);
    // The page is our own, so the browser needs no sandbox, which it would not get as root.
    command.args(["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2", "--force-color-profile=srgb"]);
    command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
    command.arg(format!("--window-size={width},{height}")).arg(format!("--screenshot={}", folder.join("table.png").display()));
    command.arg(format!("file://{}", folder.join("table.html").display()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

fn ended(mut child: Child) -> io::Result<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill()?;
    child.wait()
}
