//! What the tests of the running program share: the program itself, and a plain HTTPS client.

pub(crate) mod generated;
pub(crate) mod process;
pub(crate) mod scrape;

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};
use tempfile::TempDir;

pub(crate) use scrape::{exposed, get};

/// A path below the root of the project.
pub(crate) fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Longer than anything here takes on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

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
        self.count("bulkhead_process_resident_memory_bytes").unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The program without any flags, not started yet.
pub(crate) fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_bulkhead"))
}

/// What a program that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    /// `None` where it had to be killed, because it did not end.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    /// Runs a command to its end, with `input` as its standard input.
    pub(crate) fn of(mut command: Command, input: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who refuses its arguments reads nothing.
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(output.stdout), text(output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }
}

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    dir
}

/// Makes a pipe that has a name.
pub(crate) fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Runs a command that is to end by itself.
pub(crate) fn run(mut command: Command) -> Ended {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + PATIENCE;
    while child.try_wait().unwrap().is_none() && Instant::now() < end {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    drop(child.kill());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (stdout, stderr) = (text(output.stdout), text(output.stderr));
    Ended { code: output.status.code(), stdout, stderr }
}

/// `bulkhead serve` with free ports and these flags, not started yet.
pub(crate) fn command(flags: &[&str]) -> Command {
    let mut command = program();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]).args(flags);
    command
}

/// Waits until something holds, looking again and again, with a limit.
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "waited too long for {what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

pub(crate) type Tls = StreamOwned<ClientConnection, TcpStream>;

/// What a client needs to trust one authority and nothing else.
pub(crate) fn trust(ca: &Path, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A TLS connection by HTTP/1.1 that trusts one authority.
pub(crate) fn connect(address: SocketAddr, ca: &Path, name: &str) -> std::io::Result<Tls> {
    connect_with(address, trust(ca, rustls::ALL_VERSIONS), name)
}

/// The same with what the client accepts chosen by the test.
pub(crate) fn connect_with(
    address: SocketAddr,
    mut config: ClientConfig,
    name: &str,
) -> std::io::Result<Tls> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut client = ClientConnection::new(Arc::new(config), name).unwrap();
    client.complete_io(&mut stream)?;
    Ok(StreamOwned::new(client, stream))
}

/// The bytes of one request.
pub(crate) fn request(method: &str, path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// Reads one answer with a Content-Length, or to the end of the connection.
    pub(crate) fn read(stream: &mut impl Read) -> Self {
        Self::try_read(stream).unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// The same; an error where the connection ends before a whole answer.
    pub(crate) fn try_read(stream: &mut impl Read) -> std::io::Result<Self> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let broken = || std::io::Error::new(std::io::ErrorKind::UnexpectedEof, "no status line");
        let status =
            first.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(broken)?;
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let mut body = Vec::new();
        match length {
            Some((_, length)) => {
                body.resize(length.parse().unwrap(), 0);
                reader.read_exact(&mut body)?;
            }
            None => drop(reader.read_to_end(&mut body)?),
        }
        Ok(Self { status, headers, body })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }
}

/// A review of a pod's creation in namespace `shop`.
pub(crate) fn pod_review(spec: serde_json::Value) -> serde_json::Value {
    serde_json::json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "7a2bc5f0-0000-4000-8000-000000000001",
            "kind": {"group": "", "version": "v1", "kind": "Pod"},
            "resource": {"group": "", "version": "v1", "resource": "pods"},
            "name": "p", "namespace": "shop", "operation": "CREATE",
            "userInfo": {"username": "dana", "groups": ["system:authenticated"]},
            "object": {
                "apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": "p", "namespace": "shop"}, "spec": spec,
            },
            "oldObject": null, "dryRun": false,
            "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    })
}

/// The spec of a pod that shares processes and has SYS_PTRACE, as the task page writes it.
pub(crate) fn sharing_spec() -> serde_json::Value {
    serde_json::json!({
        "shareProcessNamespace": true,
        "containers": [
            {"name": "web", "image": "registry.example/web:1"},
            {
                "name": "shell", "image": "registry.example/shell:1", "stdin": true, "tty": true,
                "securityContext": {"capabilities": {"add": ["SYS_PTRACE"]}},
            },
        ],
    })
}

/// A policy with these controls, as text.
pub(crate) fn policy(controls: &str) -> String {
    format!(
        "apiVersion: bulkhead.dev/v1alpha1\nkind: IsolationPolicy\nmetadata: {{name: test}}\nspec:\n  controls: {controls}\n"
    )
}
