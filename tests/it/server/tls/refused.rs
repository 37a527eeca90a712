//! What is given for a chain or a key and is none: the error says what it is, and what would be
//! right. No step of it needs a server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bulkhead::tls::load;
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair};

use super::{Issuer, NAME, Pair, body, der, encrypted, explicit, first_version, leaf, legacy, pem};

/// The error for a chain and a key; none if they can be served.
fn error(chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> String {
    let names = [NAME.to_owned()];
    match load(chain.as_ref(), key.as_ref(), &names, Timestamp::now()) {
        Ok(_) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// A key in PKCS#8 of an algorithm that rcgen does not make: what is in it does not count.
fn foreign_key(identifier: &[u8]) -> String {
    let algorithm = der(0x30, &[identifier, &[5, 0]].concat());
    pem("PRIVATE KEY", &der(0x30, &[&[2, 1, 0][..], &algorithm, &der(4, &[7; 40])].concat()))
}

fn pair() -> (Issuer, Pair) {
    let issuer = Issuer::new();
    let pair = issuer.issue(&leaf(&[NAME]));
    (issuer, pair)
}

const SIGNED: &str = "what the authority makes of it is needed";
const SWAPPED: &str = "are the two files the wrong way round?";
const DECRYPT: &str =
    "it is an encrypted private key; there is nobody to ask for its password: decrypt";

#[test]
fn what_is_no_key_is_named() {
    let (_, good) = pair();
    let bytes = STANDARD.decode(body(&good.key)).unwrap();
    let label = |label: &str| pem(label, &bytes);
    let curve = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (key, words) in [
        (encrypted(&good.key), DECRYPT),
        (legacy(&good.key, "RSA PRIVATE KEY"), DECRYPT),
        (curve.to_owned() + &legacy(&good.key, "EC PRIVATE KEY"), DECRYPT),
        (encrypted(&good.key).replace('\n', "\r\n"), DECRYPT),
        (good.chain.clone(), SWAPPED),
        (label("PUBLIC KEY"), "it is a public key; the private key is needed"),
        (label("RSA PUBLIC KEY"), "it is a public key; the private key is needed"),
        (label("CERTIFICATE REQUEST"), SIGNED),
        (label("OPENSSH PRIVATE KEY"), "it is a key of OpenSSH; ssh-keygen"),
        (label("DSA PRIVATE KEY"), "it is a DSA key; RSA of 2048"),
        ("ssh-ed25519 AAAA".to_owned(), "it is a public key of OpenSSH"),
        (STANDARD.encode(&good.key), "it is PEM in Base64 once more; decode it"),
        (format!("\u{feff}{}", good.key), "byte order mark"),
        ("# nothing\n".to_owned(), ""),
        (curve.to_owned(), ""),
    ] {
        let error = error(&good.chain, &key);
        assert!(error.starts_with("the key holds no PEM private key"), "{error}");
        assert!(error.contains(words) && error.contains(':') != words.is_empty(), "{error}");
        assert!(!error.contains(&body(&good.key)), "{error}");
    }
    for (bytes, words) in [
        (bytes.clone(), "it is DER; openssl converts it to PEM"),
        (der(0x30, &[&[2, 1, 3][..], &[0; 300]].concat()), "it is DER or PKCS#12; openssl"),
        (good.key.encode_utf16().flat_map(u16::to_be_bytes).collect(), ""),
        ([&[0xff, 0xfe][..], &[0; 9]].concat(), "it is text in UTF-16"),
        (vec![0xfe, 0xed, 0xfe, 0xed, 0], "it is a Java key store; export it as PEM"),
    ] {
        let error = error(&good.chain, &bytes);
        assert!(error.starts_with("the key holds no PEM private key"), "{error}");
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn what_is_no_certificate_is_named() {
    let (_, good) = pair();
    let bytes = STANDARD.decode(body(&good.chain)).unwrap();
    let label = |label: &str| pem(label, &bytes);
    for (chain, words) in [
        (good.key.clone(), SWAPPED),
        (encrypted(&good.key), DECRYPT),
        (label("CERTIFICATE REQUEST"), SIGNED),
        (label("NEW CERTIFICATE REQUEST"), SIGNED),
        (label("TRUSTED CERTIFICATE"), "OpenSSL's trust settings; write it as BEGIN CERTIFICATE"),
        (label("X509 CERTIFICATE"), "under a name of old; write it as BEGIN CERTIFICATE"),
        (label("PKCS7"), "it is a PKCS#7 bundle; openssl pkcs7"),
        (STANDARD.encode(&good.chain), "it is PEM in Base64 once more"),
        (format!("\u{feff}{}", good.chain), "byte order mark"),
        (String::new(), ""),
    ] {
        let error = error(&chain, &good.key);
        assert!(error.starts_with("the certificate chain holds no PEM certificate"), "{error}");
        assert!(error.contains(words) && error.contains(':') != words.is_empty(), "{error}");
    }
    assert!(error(&bytes, &good.key).contains("it is DER or PKCS#12; openssl"));
}

#[test]
fn keys_of_other_kinds_are_named() {
    let (_, good) = pair();
    for (identifier, kind) in [
        (&b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01"[..], "it is DSA;"),
        (b"\x06\x03\x2b\x65\x71", "it is Ed448;"),
        (b"\x06\x03\x2b\x65\x6e", "it is X25519, which signs nothing;"),
        (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "it is RSA for PSS alone;"),
        (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "it is RSA of another size, or damaged;"),
        (b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12", "it is ML-DSA;"),
        (b"\x06\x03\x2a\x03\x04", "it is of another kind, or damaged;"),
    ] {
        let error = error(&good.chain, foreign_key(identifier));
        assert!(error.contains(kind), "{error}");
        assert!(error.ends_with("P-256, P-384 or P-521, and Ed25519 are supported"), "{error}");
    }
    let curve = &b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x0a"[..];
    assert!(error(&good.chain, foreign_key(curve)).contains("it is ECDSA on secp256k1;"));
    // The kinds that are supported are.
    let all =
        [&rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ECDSA_P521_SHA512, &rcgen::PKCS_ED25519];
    for algorithm in all {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let chain = leaf(&[NAME]).self_signed(&key).unwrap().pem();
        assert_eq!(error(chain, key.serialize_pem()), "none");
    }
}

#[test]
fn a_pair_that_does_not_fit_says_how() {
    let root = Issuer::new();
    let middle = root.intermediate();
    let good = middle.issue(&leaf(&[NAME]));
    let other = middle.issue(&leaf(&[NAME]));
    let bare = middle.issue(&without_names(NAME));
    let order = |at: usize, of: usize| {
        format!("wrong order: the private key belongs to certificate {at} of {of}, which has to be")
    };
    let authority = |at: usize, of: usize| {
        format!(
            "it is that of an authority, which is certificate {at} of {of}; the key of the first"
        )
    };
    let (between, top) = (middle.key(), root.key());
    let (leaf, middle, root) = (&good.chain, &middle.pem(), &root.pem());
    for (chain, key, words) in [
        (format!("{middle}{leaf}"), &good.key, order(2, 2)),
        (format!("{root}{middle}{leaf}"), &good.key, order(3, 3)),
        (format!("{middle}{leaf}{root}"), &good.key, order(2, 3)),
        // The order is right, and the key is another's.
        (format!("{leaf}{middle}"), &between, authority(2, 2)),
        (format!("{leaf}{middle}{root}"), &between, authority(2, 3)),
        (format!("{leaf}{middle}{root}"), &top, authority(3, 3)),
        (format!("{leaf}{middle}{}", first_version(root)), &top, authority(3, 3)),
        (explicit(leaf), &good.key, "has explicit parameters of its elliptic curve".to_owned()),
        (first_version(leaf), &good.key, "is of X.509 version 1; callers accept".to_owned()),
        (middle.clone(), &good.key, "an authority's; one that it has signed is needed".to_owned()),
        (leaf.clone(), &(other.key.clone() + &good.key), "the first one counts".to_owned()),
        (other.chain, &good.key, "does not belong to the certificate".to_owned()),
        (bare.chain.clone(), &bare.key, "no subjectAltName, and its common name".to_owned()),
    ] {
        let error = error(&chain, key);
        assert!(error.contains(&words), "{words}: {error}");
    }
    assert!(!error(explicit(leaf), &good.key).contains("does not belong"));
    let strange = Issuer::new().issue(&super::leaf(&["a.example", "b.example"]));
    let expected = "the certificate is not for webhook.example: it is for a.example, b.example";
    assert_eq!(error(&strange.chain, &strange.key), expected);
}

/// What would be hidden behind it is not passed over.
#[test]
fn a_byte_order_mark_is_named_whatever_follows() {
    const MARK: &str = "\u{feff}";
    let middle = Issuer::new().intermediate();
    let good = middle.issue(&leaf(&[NAME]));
    let (chain, key) = (&good.chain_with(&middle), &good.key);
    let (no_chain, no_key) =
        ("the certificate chain holds no PEM certificate", "the key holds no PEM private key");
    for (chain, key, begin) in [
        (format!("{MARK}{chain}"), key.clone(), no_chain),
        (format!("{MARK}{chain}{key}"), key.clone(), no_chain),
        (format!("{key}{MARK}{chain}"), key.clone(), no_chain),
        (chain.clone(), format!("{MARK}{key}{chain}"), no_key),
        (chain.clone(), format!("{MARK}{key}{}", middle.key()), no_key),
        (format!("{MARK}{chain}").replace('\n', "\r\n"), key.clone(), no_chain),
    ] {
        let error = error(chain, key);
        assert!(error.starts_with(begin), "{error}");
        assert!(
            error.ends_with(
                ": it is text with a byte order mark; UTF-8 without a byte order mark is needed"
            ),
            "{error}"
        );
    }
}

/// It works, and callers accept it: so it is left alone.
#[test]
fn what_callers_accept_is_served() {
    let root = Issuer::new();
    let middle = root.intermediate();
    let good = middle.issue(&leaf(&[NAME]));
    let (chain, middle, root) = (&good.chain, &middle.pem(), &root.pem());
    let other = KeyPair::generate().unwrap().serialize_pem();
    let mut own = leaf(&[NAME]);
    own.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let own = own.self_signed(&key).unwrap().pem();
    for (what, chain, key) in [
        ("a leaf twice", format!("{chain}{chain}{middle}"), good.key.clone()),
        ("the rest in any order", format!("{chain}{root}{middle}"), good.key.clone()),
        ("both in one file", format!("{}{chain}{middle}", good.key), good.key.clone()),
        ("the same for the key", chain.clone(), format!("{chain}{}", good.key)),
        ("more keys", chain.clone(), good.key.clone() + &other),
        ("text around", format!("subject: a\n{chain}"), format!("Bag Attributes\n{}", good.key)),
        ("a mark before such text", format!("\u{feff}subject: a\n{chain}"), good.key.clone()),
        (
            "a mark before what is passed over",
            format!("\u{feff}{}{chain}", good.key),
            good.key.clone(),
        ),
        ("other ends of lines", chain.replace('\n', "\r\n"), good.key.replace('\n', "\r\n")),
        ("one signed by itself, as openssl makes it", own, key.serialize_pem()),
        ("an old root", format!("{chain}{middle}{}", first_version(root)), good.key.clone()),
    ] {
        assert_eq!(error(chain, key), "none", "{what}");
    }
}

fn without_names(common: &str) -> CertificateParams {
    let mut params = leaf(&[]);
    params.distinguished_name.push(rcgen::DnType::CommonName, common);
    params
}
