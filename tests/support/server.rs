//! The running server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tempfile::TempDir;

use super::client::{Reply, Tls, connect, request};
use super::program::program;
use super::scrape::{exposed, get};
use super::until;

/// `bulkhead serve` with free ports and these flags, not started yet.
pub(crate) fn command(flags: &[&str]) -> Command {
    let mut command = program();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]).args(flags);
    command
}

/// A running `bulkhead serve`, ended by pid when dropped.
pub(crate) struct Server {
    child: Child,
    log: Arc<Mutex<String>>,
    log_reader: Option<JoinHandle<()>>,
    pub(crate) webhook: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) dir: TempDir,
}

impl Server {
    /// Starts with free ports and an authority in `dir`, and waits for the ready line.
    pub(crate) fn start(flags: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let ca = dir.path().join("ca.pem");
        let mut all = vec!["--write-ca", ca.to_str().unwrap()];
        all.extend(flags);
        Self::start_in(dir, &all)
    }

    /// The same without an authority of its own.
    pub(crate) fn start_in(dir: TempDir, flags: &[&str]) -> Self {
        Self::spawn(dir, command(flags))
    }

    /// The same with a command line or environment of the test's own.
    pub(crate) fn spawn(dir: TempDir, mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut ready = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let sink = Arc::clone(&log);
        let log_reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                sink.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let address = |mark: &str| {
            let rest = ready.split_once(mark).unwrap_or_else(|| panic!("not ready: {ready:?}")).1;
            rest.split([' ', ')', '\n']).next().unwrap().parse().unwrap()
        };
        let (webhook, admin) = (address("https://"), address("http://"));
        Self { child, log, log_reader: Some(log_reader), webhook, admin, dir }
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// All it logged until its end, once it has ended.
    pub(crate) fn whole_log(&mut self) -> String {
        self.wait();
        if let Some(reader) = self.log_reader.take() {
            reader.join().unwrap();
        }
        self.log()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name, e.g. `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Waits for its end; the exit code.
    pub(crate) fn wait(&mut self) -> Option<i32> {
        let mut code = None;
        until("the program to end", || match self.child.try_wait().unwrap() {
            Some(status) => {
                code = status.code();
                true
            }
            None => false,
        });
        code
    }

    /// Whether it still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// A fresh TLS connection by HTTP/1.1.
    pub(crate) fn connect(&self) -> Tls {
        connect(self.webhook, &self.ca(), "localhost").unwrap()
    }

    /// One POST on a connection of its own.
    pub(crate) fn post(&self, path: &str, body: &[u8]) -> Reply {
        self.send(&request("POST", path, "application/json", body))
    }

    /// One request as it stands, on a connection of its own.
    pub(crate) fn send(&self, request: &[u8]) -> Reply {
        let mut tls = self.connect();
        // A server that has seen enough may answer and close before all is sent.
        drop(tls.write_all(request));
        Reply::read(&mut tls)
    }

    /// One GET on the admin port.
    pub(crate) fn admin(&self, path: &str) -> Reply {
        get(self.admin, path)
    }

    /// The value of one series on `/metrics`, by its whole name with labels.
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        Some(self.exposed(series)?.parse().unwrap())
    }

    /// The same of a series that holds whole numbers.
    pub(crate) fn count(&self, series: &str) -> Option<u64> {
        Some(self.exposed(series)?.parse().unwrap())
    }

    fn exposed(&self, series: &str) -> Option<String> {
        exposed(self.admin, series)
    }

    /// Resident memory in bytes.
    pub(crate) fn resident(&self) -> u64 {
        self.count("process_resident_memory_bytes").unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
