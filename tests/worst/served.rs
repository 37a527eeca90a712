//! What one body costs the program itself, as one request over a kept connection: processor time
//! and memory of its process.

use std::fs;
use std::io::Write as _;
use std::time::Duration;

use tempfile::TempDir;

use crate::policies;
use crate::support::process::peak;
use crate::support::{Reply, Server, Tls, request};

/// The program under one policy, and a connection to it.
pub(crate) struct Served {
    server: Server,
    tls: Tls,
}

/// Of one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spent {
    /// Processor time of the process.
    pub(crate) time: Duration,
    /// The most memory that the process had, in bytes.
    pub(crate) peak: u64,
    /// Of the last answer.
    pub(crate) status: u16,
}

/// The clock of `/proc` ticks every 10 ms: so much makes a tick small.
const ENOUGH: Duration = Duration::from_millis(300);

impl Served {
    pub(crate) fn new(policy: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let (file, ca) = (dir.path().join("policy.yaml"), dir.path().join("ca.pem"));
        fs::write(&file, policies::text(policy)).unwrap();
        let (file, ca) = (file.to_str().unwrap().to_owned(), ca.to_str().unwrap().to_owned());
        let server = Server::start_in(dir, &["--policy", &file, "--write-ca", &ca]);
        let tls = server.connect();
        Self { server, tls }
    }

    /// Sends it as often as it takes to tell its time.
    pub(crate) fn spend(&mut self, path: &str, body: &[u8]) -> Spent {
        let bytes = request("POST", &format!("/{path}"), "application/json", body);
        let pid = self.server.pid();
        // The peak counts from here on.
        fs::write(format!("/proc/{pid}/clear_refs"), "5").unwrap();
        let mut count = 0;
        let begin = processor_time(pid);
        let (time, status) = loop {
            let status = if self.tls.write_all(&bytes).is_ok()
                && let Ok(reply) = Reply::try_read(&mut self.tls)
            {
                reply.status
            } else {
                self.tls = self.server.connect();
                0
            };
            count += 1;
            let spent = processor_time(pid).saturating_sub(begin);
            if spent > ENOUGH || count == 5000 {
                break (spent / count, status);
            }
        };
        Spent { time, peak: peak(pid), status }
    }
}

/// The processor time of all its threads, of those that have ended, too.
fn processor_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let fields = fields.split(' ').skip(11).take(2);
    let ticks: u64 = fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
    // USER_HZ is 100 on Linux, whatever the kernel's own clock.
    Duration::from_millis(ticks * 10)
}
