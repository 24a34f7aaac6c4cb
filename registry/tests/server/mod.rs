//! A real registry server, on a free port of loopback, in a temporary folder. It dies with its test.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// A running `docker-registry`.
pub struct Server {
    folder: TempDir,
    child: Option<Child>,
    /// `127.0.0.1:PORT`
    pub host: String,
}

/// Who may use a server that asks.
#[allow(dead_code, reason = "not every test asks who comes")]
pub const USER: (&str, &str) = ("ann", "an-invented-password");
/// Of the password above, by bcrypt.
const HASH: &str = "$2b$04$UL6rogoUjKMcAQqYozbf7.cpHdiJQ454eZVhG0L71Trbi2DhbF7PG";

impl Server {
    /// For everybody, or for [`USER`] alone.
    pub fn start(asks: bool) -> Self {
        let mut server = Self { folder: tempfile::tempdir().unwrap(), child: None, host: String::new() };
        let at = |name: &str| server.folder.path().join(name).display().to_string();
        std::fs::write(at("htpasswd"), format!("{}:{HASH}\n", USER.0)).unwrap();
        let auth = if asks { format!("auth:\n  htpasswd:\n    realm: adapters\n    path: {}\n", at("htpasswd")) } else { String::new() };
        let config = format!(
            "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:0\n{auth}",
            at("blobs")
        );
        std::fs::write(at("config.yml"), config).unwrap();
        server.run();
        server
    }

    /// Ends it; the port is free then.
    #[allow(dead_code, reason = "not every test ends it")]
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// A blob's file.
    #[allow(dead_code, reason = "not every test spoils one")]
    pub fn blob(&self, digest: &str) -> PathBuf {
        let hex = digest.trim_start_matches("sha256:");
        self.folder.path().join(format!("blobs/docker/registry/v2/blobs/sha256/{}/{hex}/data", &hex[..2]))
    }

    fn run(&mut self) {
        assert!(Path::new("/usr/bin/docker-registry").exists(), "no docker-registry: setup/install.sh installs it");
        // It must not outlive the thread that started it, however that ends.
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "/usr/bin/docker-registry", "serve"]).arg(self.folder.path().join("config.yml"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "it ended: {said}");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
            }
            said.push_str(&line);
        };
        // Who does not read what it says will have it wait.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        (self.child, self.host) = (Some(child), address);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
