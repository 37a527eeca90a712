//! What the cases share: an authority, certificates with one thing wrong, and files replaced the
//! way the kubelet does it.

mod kept;
mod refused;
mod reload;
mod served;
mod start;

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

use crate::support::{Server, command, connect};

const DAY: Duration = Duration::from_hours(24);

/// An authority of the tests.
pub(crate) struct Issuer(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key, as PEM.
pub(crate) struct Pair {
    pub(crate) chain: String,
    pub(crate) key: String,
    /// As the metric shows it.
    pub(crate) not_after: u64,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(authority("test root"), key).unwrap())
    }

    pub(crate) fn intermediate(&self) -> Self {
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::signed_by(authority("test intermediate"), key, &self.0).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn key(&self) -> String {
        self.0.key().serialize_pem()
    }

    pub(crate) fn issue(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        let chain = params.signed_by(&key, &self.0).unwrap().pem();
        let not_after = params.not_after.unix_timestamp().try_into().unwrap();
        Pair { chain, key: key.serialize_pem(), not_after }
    }
}

impl Pair {
    pub(crate) fn chain_with(&self, issuer: &Issuer) -> String {
        self.chain.clone() + &issuer.pem()
    }
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// A certificate for these names that is valid today.
pub(crate) fn leaf(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    valid(CertificateParams::new(names).unwrap(), SystemTime::now() - DAY, SystemTime::now() + DAY)
}

/// The same, valid in another time.
fn valid(mut params: CertificateParams, from: SystemTime, to: SystemTime) -> CertificateParams {
    params.not_before = from.into();
    params.not_after = to.into();
    params
}

/// A folder as the kubelet mounts a Secret: the files are links through `..data`, which is a link
/// to the folder of the version in force.
pub(crate) struct Mount {
    dir: TempDir,
}

impl Mount {
    pub(crate) fn new(chain: &str, key: &str) -> Self {
        let mount = Self { dir: TempDir::new().unwrap() };
        for file in ["tls.crt", "tls.key"] {
            symlink(format!("..data/{file}"), mount.path(file)).unwrap();
        }
        mount.flip(Some(chain), Some(key));
        mount
    }

    /// Puts another version in force at once; `None` is a file that is not there.
    pub(crate) fn flip(&self, chain: Option<&str>, key: Option<&str>) {
        let version = TempDir::with_prefix_in("..", self.dir.path()).unwrap().keep();
        for (name, text) in [("tls.crt", chain), ("tls.key", key)] {
            if let Some(text) = text {
                fs::write(version.join(name), text).unwrap();
            }
        }
        symlink(&version, self.path("..data_tmp")).unwrap();
        fs::rename(self.path("..data_tmp"), self.path("..data")).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Another file beside them.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::File::create(&path).unwrap().write_all(text.as_bytes()).unwrap();
        path
    }

    fn flags(&self) -> [String; 4] {
        let path = |name: &str| self.path(name).to_str().unwrap().to_owned();
        ["--tls-cert".to_owned(), path("tls.crt"), "--tls-key".to_owned(), path("tls.key")]
    }
}

/// `bulkhead serve` with these files and flags.
fn command_for(mount: &Mount, flags: &[&str]) -> std::process::Command {
    let mut command = command(flags);
    command.args(mount.flags());
    command
}

/// The same, started.
pub(crate) fn serving(mount: &Mount, flags: &[&str]) -> Server {
    Server::spawn(TempDir::new().unwrap(), command_for(mount, flags))
}

/// The leaf that a new connection gets, in Base64; the client trusts `issuer` and asks for `name`.
fn served(server: &Server, issuer: &Issuer, name: &str) -> String {
    fs::write(server.ca(), issuer.pem()).unwrap();
    let tls = connect(server.webhook, &server.ca(), name).unwrap();
    STANDARD.encode(&tls.conn.peer_certificates().unwrap()[0])
}

/// The same of a file that holds one certificate.
fn body(chain: &str) -> String {
    chain.lines().filter(|line| !line.starts_with("-----")).collect()
}

/// A section of this label.
fn pem(label: &str, bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(|it| str::from_utf8(it).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// A value of DER with this tag.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    [&[tag, 0x82][..], &length.to_be_bytes(), content].concat()
}

/// The content of the value that begins here, and what comes after it.
fn undo(bytes: &[u8]) -> (&[u8], &[u8]) {
    let (begin, length) = match bytes[1] {
        0x82 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
        0x81 => (3, usize::from(bytes[2])),
        short => (2, usize::from(short)),
    };
    bytes[begin..].split_at(length)
}

/// A certificate as of before version 3: without the number of its version, and without extensions.
fn first_version(chain: &str) -> String {
    changed(chain, |part| if [0xa0, 0xa3].contains(&part[0]) { vec![] } else { part.to_vec() })
}

/// A certificate whose curve is spelled out; with what does not count.
fn explicit(chain: &str) -> String {
    const ALGORITHM: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";
    changed(chain, |part| {
        if !part.windows(ALGORITHM.len()).any(|it| it == ALGORITHM) {
            return part.to_vec();
        }
        let (_, point) = undo(undo(part).0);
        let parameters = der(0x30, &der(4, &[7; 300]));
        der(0x30, &[der(0x30, &[ALGORITHM, &parameters].concat()).as_slice(), point].concat())
    })
}

/// A certificate with each of its parts as this makes it.
fn changed(chain: &str, change: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let bytes = STANDARD.decode(body(chain)).unwrap();
    let (inner, _) = undo(&bytes);
    let (signed, signature) = undo(inner);
    let mut kept = Vec::new();
    let mut rest = signed;
    while !rest.is_empty() {
        let (_, after) = undo(rest);
        kept.extend(change(&rest[..rest.len() - after.len()]));
        rest = after;
    }
    pem("CERTIFICATE", &der(0x30, &[&der(0x30, &kept), signature].concat()))
}

/// A key as if there were a password.
fn encrypted(key: &str) -> String {
    key.replace(" PRIVATE KEY", " ENCRYPTED PRIVATE KEY")
}

/// The same in the way of old.
fn legacy(key: &str, label: &str) -> String {
    let bytes = STANDARD.decode(body(key)).unwrap();
    let headers =
        "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF\n\n";
    let begin = format!("-----BEGIN {label}-----\n");
    pem(label, &bytes).replacen(&begin, &(begin.clone() + headers), 1)
}

/// A way in which a pair of files cannot be served, and what is said about it.
struct Fault {
    what: &'static str,
    chain: Option<String>,
    key: Option<String>,
    reason: &'static str,
}

/// The name that `--tls-name` asks for.
const NAME: &str = "webhook.example";

/// Everything that can be wrong with a pair for [`NAME`].
fn faults(issuer: &Issuer) -> Vec<Fault> {
    let now = SystemTime::now();
    let good = issuer.issue(&leaf(&[NAME]));
    let other = issuer.issue(&leaf(&[NAME]));
    let expired = issuer.issue(&valid(leaf(&[NAME]), now - 2 * DAY, now - DAY));
    let early = issuer.issue(&valid(leaf(&[NAME]), now + DAY, now + 2 * DAY));
    let wrong = issuer.issue(&leaf(&["other.example", "x.webhook.example"]));
    let begin = good.chain.find('\n').unwrap() + 1;
    let broken = format!("{}AAAA{}", &good.chain[..begin], &good.chain[begin..]);
    let half = good.chain[..good.chain.len() / 2].to_owned();
    let large = good.chain.clone() + &"#\n".repeat(200 * 1024);
    let fault = |what, chain: &str, key: &str, reason| Fault {
        what,
        chain: Some(chain.to_owned()),
        key: Some(key.to_owned()),
        reason,
    };
    vec![
        fault("a key of another", &good.chain, &other.key, "does not belong to the certificate"),
        fault("an empty chain", "", &good.key, "holds no PEM certificate"),
        fault("an empty key", &good.chain, "", "holds no PEM private key"),
        fault("files the wrong way round", &good.key, &good.chain, "holds no PEM"),
        fault("half a chain", &half, &good.key, "holds no PEM certificate"),
        fault("bytes that are no certificate", &broken, &good.key, "certificate cannot be read"),
        fault("a chain too large", &large, &good.key, "larger than 262144 bytes"),
        fault("an encrypted key", &good.chain, &encrypted(&good.key), "an encrypted private key"),
        fault("an old version", &first_version(&good.chain), &good.key, "X.509 version 1"),
        fault("the wrong order", &(issuer.pem() + &good.chain), &good.key, "in the wrong order"),
        fault("an expired one", &expired.chain, &expired.key, "the certificate is valid from"),
        fault("one of tomorrow", &early.chain, &early.key, "the certificate is valid from"),
        fault("another name", &wrong.chain, &wrong.key, "is not for webhook.example"),
        Fault { chain: None, ..fault("no chain", "", &good.key, "tls.crt") },
        Fault { key: None, ..fault("no key", &good.chain, "", "tls.key") },
    ]
}
