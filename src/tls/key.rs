use rustls::pki_types::PrivateKeyDer;

/// Algorithms and curves that cannot sign here, as their object identifiers are written.
const KINDS: [(&[u8], &str); 12] = [
    (b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01", "DSA"),
    (b"\x06\x03\x2b\x65\x71", "Ed448"),
    (b"\x06\x03\x2b\x65\x6e", "X25519, which signs nothing"),
    (b"\x06\x03\x2b\x65\x6f", "X448, which signs nothing"),
    (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", "RSA for PSS alone"),
    (b"\x06\x05\x2b\x81\x04\x00\x0a", "ECDSA on secp256k1"),
    (b"\x06\x05\x2b\x81\x04\x00\x21", "ECDSA on P-224"),
    (b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x01", "ECDSA on P-192"),
    (b"\x06\x09\x2b\x24\x03\x03\x02\x08\x01\x01", "ECDSA on a Brainpool curve"),
    (b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03", "ML-DSA"),
    (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "RSA of another size, or damaged"),
    (b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01", "ECDSA on another curve, or damaged"),
];

/// The identifiers come first in a key, before what is secret in it; the curve of a SEC 1 key
/// after that.
const HEAD: usize = 128;

/// Of which kind a key is that cannot be used.
pub(super) fn kind(key: &PrivateKeyDer<'_>) -> &'static str {
    let head = key.secret_der();
    let head = head.get(..HEAD).unwrap_or(head);
    let has = |identifier: &[u8]| head.windows(identifier.len()).any(|it| it == identifier);
    let known = KINDS.iter().find(|(identifier, _)| has(identifier)).map(|(_, kind)| *kind);
    let is_rsa = matches!(key, PrivateKeyDer::Pkcs1(_));
    let other =
        if is_rsa { "RSA of another size, or damaged" } else { "of another kind, or damaged" };
    known.unwrap_or(other)
}
