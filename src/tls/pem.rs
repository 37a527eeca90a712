//! What a file holds instead of what it should, in words that say what to do.

use std::fmt;

/// The two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The chain, leaf first.
    Chain,
    /// Its key.
    Key,
}

impl File {
    /// How it is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chain => "certificate chain",
            Self::Key => "key",
        }
    }

    /// What it should hold.
    pub fn section(self) -> &'static str {
        match self {
            Self::Chain => "certificate",
            Self::Key => "private key",
        }
    }
}

/// What stands between `BEGIN` and the dashes, the file in which that is no help (both without
/// one), what it is, and what would be right. The first that is there is reported.
const SECTIONS: [(&str, Option<File>, &str, &str); 14] = [
    ("ENCRYPTED PRIVATE KEY", None, "an encrypted private key", DECRYPT),
    ("OPENSSH PRIVATE KEY", None, "a key of OpenSSH", "ssh-keygen -p -m PKCS8 converts it"),
    ("DSA PRIVATE KEY", None, "a DSA key", KINDS),
    ("PRIVATE KEY", Some(File::Chain), "a private key", SWAPPED),
    ("RSA PRIVATE KEY", Some(File::Chain), "a private key", SWAPPED),
    ("EC PRIVATE KEY", Some(File::Chain), "a private key", SWAPPED),
    ("CERTIFICATE", Some(File::Key), "a certificate", SWAPPED),
    ("TRUSTED CERTIFICATE", None, "a certificate with OpenSSL's trust settings", PLAIN),
    ("X509 CERTIFICATE", None, "a certificate under a name of old", PLAIN),
    ("CERTIFICATE REQUEST", None, "a certificate signing request", SIGNED),
    ("NEW CERTIFICATE REQUEST", None, "a certificate signing request", SIGNED),
    ("PKCS7", None, "a PKCS#7 bundle", "openssl pkcs7 -print_certs writes its certificates"),
    ("PUBLIC KEY", None, "a public key", "the private key is needed"),
    ("RSA PUBLIC KEY", None, "a public key", "the private key is needed"),
];

const DECRYPT: &str = "there is nobody to ask for its password: decrypt it with openssl pkey";
const SWAPPED: &str = "are the two files the wrong way round?";
const PLAIN: &str = "write it as BEGIN CERTIFICATE with openssl x509";
const SIGNED: &str = "what the authority makes of it is needed";

/// What can sign here.
pub(super) const KINDS: &str =
    "RSA of 2048 to 8192 bits, ECDSA on P-256, P-384 or P-521, and Ed25519 are supported";

/// How other formats begin, what they are, and what would be right.
const BYTES: [(&[u8], &str, &str); 8] = [
    (b"LS0tLS1CRUdJTi", "PEM in Base64 once more", "decode it"),
    (b"\xff\xfe", "text in UTF-16", UTF_8),
    (b"\xfe\xff", "text in UTF-16", UTF_8),
    (MARK, MARKED.0, MARKED.1),
    (b"\xfe\xed\xfe\xed", "a Java key store", "export it as PEM"),
    (b"ssh-", "a public key of OpenSSH", "a private key in PEM is needed"),
    (b"\x30\x82", "DER or PKCS#12", DER),
    (b"\x30", "DER", DER),
];

/// What Windows begins UTF-8 with.
const MARK: &[u8] = b"\xef\xbb\xbf";
const MARKED: (&str, &str) = ("text with a byte order mark", UTF_8);

const UTF_8: &str = "UTF-8 without a byte order mark is needed";
const DER: &str = "openssl converts it to PEM: x509 or pkey with -inform DER, pkcs12 with -nodes";

/// What was found instead, and what would be right; nothing where the file shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instead(Option<(&'static str, &'static str)>);

impl fmt::Display for Instead {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some((found, right)) => write!(formatter, ": it is {found}; {right}"),
            None => Ok(()),
        }
    }
}

/// What a file is that does not hold what it should.
pub(super) fn instead(file: File, bytes: &[u8]) -> Instead {
    if is_encrypted(bytes) {
        return Instead(Some(("an encrypted private key", DECRYPT)));
    }
    let labels = labels(bytes);
    let mut sections = SECTIONS.iter().filter(|(label, own, ..)| {
        own.is_none_or(|own| own == file) && labels.iter().any(|it| it == label)
    });
    let of_section = sections.next().map(|(.., found, right)| (*found, *right));
    let of_bytes = || BYTES.iter().find(|(begin, ..)| bytes.trim_ascii_start().starts_with(begin));
    Instead(of_section.or_else(|| of_bytes().map(|(_, found, right)| (*found, *right))))
}

/// What is reported where a byte order mark hides the first section that counts from the reader.
pub(super) fn marked(file: File, bytes: &[u8]) -> Option<Instead> {
    let kind = file.section().to_uppercase();
    let counts = |line: &[u8]| label(line).is_some_and(|label| label.ends_with(kind.as_bytes()));
    let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| counts(line.strip_prefix(MARK).unwrap_or(line)))?;
    first.starts_with(MARK).then_some(Instead(Some(MARKED)))
}

/// Whether a key is encrypted in the way of old, by lines in its section.
fn is_encrypted(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n');
    lines.any(|line| {
        line.starts_with(b"Proc-Type:") && line.trim_ascii_end().ends_with(b"ENCRYPTED")
    })
}

/// The labels of all sections.
fn labels(bytes: &[u8]) -> Vec<String> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter_map(label).map(|label| String::from_utf8_lossy(label).into_owned()).collect()
}

/// The label of the section that a line begins.
fn label(line: &[u8]) -> Option<&[u8]> {
    line.strip_prefix(b"-----BEGIN ")?.strip_suffix(b"-----")
}

/// How many keys a file holds.
pub(super) fn count_keys(bytes: &[u8]) -> usize {
    labels(bytes).iter().filter(|label| label.ends_with("PRIVATE KEY")).count()
}
