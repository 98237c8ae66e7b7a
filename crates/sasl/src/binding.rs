//! Channel bindings: what ties an exchange to the TLS connection that it goes through.

use crate::Secret;
use alloc::string::String;

/// The label of the exporter that makes `tls-exporter` (RFC 9266 section 2): 32 octets, and a
/// context that is present and empty.
pub const TLS_EXPORTER_LABEL: &[u8] = b"EXPORTER-Channel-Binding";

/// Data that only the two ends of one TLS connection have, for SCRAM-…-PLUS.
///
/// The TLS library gives the data. With rustls:
/// `conn.export_keying_material([0; 32], TLS_EXPORTER_LABEL, Some(b""))`. Over TLS 1.2 the
/// exporter is bound to the connection only with the extended master secret (RFC 7627).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChannelBinding {
    kind: BindingKind,
    data: Secret,
}

/// Which channel binding: the names of the IANA registry.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BindingKind {
    /// `tls-exporter` (RFC 9266), for TLS 1.3 and new programs.
    TlsExporter,
    /// `tls-server-end-point` (RFC 5929 section 4): the server's certificate, hashed. It survives
    /// where TLS ends at a proxy that has the same certificate.
    TlsServerEndPoint,
    /// `tls-unique` (RFC 5929 section 3). Not for TLS 1.3, which has no such thing.
    TlsUnique,
    /// Another.
    Other(String),
}

impl BindingKind {
    /// Its name, as it stands in a SCRAM message.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::TlsExporter => "tls-exporter",
            Self::TlsServerEndPoint => "tls-server-end-point",
            Self::TlsUnique => "tls-unique",
            Self::Other(name) => name,
        }
    }
}

impl ChannelBinding {
    /// A binding of that kind with these octets.
    ///
    /// A name that no SCRAM message can carry (RFC 5802 section 7, `cb-name`) makes a binding that
    /// no peer has.
    #[must_use]
    pub fn new(kind: BindingKind, data: impl Into<Secret>) -> Self {
        Self { kind, data: data.into() }
    }

    /// `tls-exporter`, of what [`TLS_EXPORTER_LABEL`] exports.
    #[must_use]
    pub fn tls_exporter(exported: [u8; 32]) -> Self {
        Self::new(BindingKind::TlsExporter, Secret::new(exported))
    }

    /// `tls-server-end-point`, of the server's certificate in DER: the first that it shows.
    ///
    /// `None` when RFC 5929 section 4.1 does not say how to hash it: the signature has no one hash
    /// function (Ed25519), or one that is not known here; also when it is no certificate.
    #[cfg(feature = "scram")]
    #[must_use]
    pub fn tls_server_end_point(certificate: &[u8]) -> Option<Self> {
        let hash = hashed_as_signed(certificate)?;
        Some(Self::new(BindingKind::TlsServerEndPoint, Secret::new(hash)))
    }

    /// `tls-unique`, of the first Finished message of the handshake.
    #[must_use]
    pub fn tls_unique(finished: &[u8]) -> Self {
        Self::new(BindingKind::TlsUnique, Secret::new(finished))
    }

    /// Which it is.
    #[must_use]
    pub fn kind(&self) -> &BindingKind {
        &self.kind
    }

    /// Its octets.
    #[must_use]
    pub fn data(&self) -> &Secret {
        &self.data
    }

    /// Whether the name can stand in a message.
    ///
    /// ```abnf
    /// cb-name = 1*(ALPHA / DIGIT / "." / "-")
    /// ```
    #[cfg(feature = "scram")]
    pub(crate) fn has_name(&self) -> bool {
        is_name(self.kind.name())
    }
}

#[cfg(feature = "scram")]
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}

/// A certificate, hashed by the function of its signature, but never by one weaker than SHA-256
/// (RFC 5929 section 4.1).
///
/// ```text
/// Certificate ::= SEQUENCE { tbsCertificate SEQUENCE, signatureAlgorithm SEQUENCE { OID, … }, … }
/// ```
#[cfg(feature = "scram")]
fn hashed_as_signed(whole: &[u8]) -> Option<alloc::vec::Vec<u8>> {
    use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
    const ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04];
    let (certificate, _) = der(whole, 0x30)?;
    let (_, rest) = der(certificate, 0x30)?;
    let (algorithm, _) = der(rest, 0x30)?;
    let (oid, _) = der(algorithm, 0x06)?;
    let signed_with = oid.strip_prefix(RSA).or_else(|| oid.strip_prefix(ECDSA))?;
    Some(match (oid.starts_with(RSA), signed_with) {
        // MD5 and SHA-1 count as SHA-256.
        (true, [4 | 5 | 11]) | (false, [1] | [3, 2]) => Sha256::digest(whole).to_vec(),
        (true, [14]) | (false, [3, 1]) => Sha224::digest(whole).to_vec(),
        (true, [12]) | (false, [3, 3]) => Sha384::digest(whole).to_vec(),
        (true, [13]) | (false, [3, 4]) => Sha512::digest(whole).to_vec(),
        _ => return None,
    })
}

/// The content of a DER value with that tag, and what follows it.
#[cfg(feature = "scram")]
fn der(input: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&[found, first], rest) = input.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            let length = octets.iter().fold(0_u32, |n, &b| n << 8 | u32::from(b));
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    (found == tag).then(|| rest.split_at_checked(length))?
}

#[cfg(feature = "scram")]
#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// What of a certificate is looked at: a tbsCertificate, and the OID of the signature.
    fn certificate(oid: &[u8], body: usize) -> Vec<u8> {
        let wrapped = |tag: u8, content: &[u8]| {
            let mut out = Vec::from([tag, 0x82]);
            out.extend(u16::try_from(content.len()).unwrap().to_be_bytes());
            out.extend(content);
            out
        };
        let short = [&[0x06, u8::try_from(oid.len()).unwrap()], oid].concat();
        let algorithm = [&[0x30, u8::try_from(short.len()).unwrap()], &short[..]].concat();
        let content = [wrapped(0x30, &[0; 1000][..body]), algorithm, wrapped(0x03, b"signature")];
        wrapped(0x30, &content.concat())
    }

    #[test]
    fn a_certificate_is_hashed_by_the_function_of_its_signature() {
        const RSA: [u8; 8] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01];
        const ECDSA: [u8; 7] = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03];
        for (oid, len) in [
            ([&RSA[..], &[4]].concat(), Some(32)),
            ([&RSA[..], &[5]].concat(), Some(32)),
            ([&RSA[..], &[11]].concat(), Some(32)),
            ([&RSA[..], &[12]].concat(), Some(48)),
            ([&RSA[..], &[13]].concat(), Some(64)),
            ([&RSA[..], &[14]].concat(), Some(28)),
            ([&ECDSA[..6], &[1]].concat(), Some(32)),
            ([&ECDSA[..], &[1]].concat(), Some(28)),
            ([&ECDSA[..], &[2]].concat(), Some(32)),
            ([&ECDSA[..], &[3]].concat(), Some(48)),
            ([&ECDSA[..], &[4]].concat(), Some(64)),
            // RSASSA-PSS, whose hash is elsewhere, and Ed25519, which has none.
            ([&RSA[..], &[10]].concat(), None),
            (Vec::from([0x2b, 0x65, 0x70]), None),
        ] {
            let binding = ChannelBinding::tls_server_end_point(&certificate(&oid, 500));
            assert_eq!(binding.map(|binding| binding.data().expose().len()), len, "{oid:x?}");
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_binding() {
        let whole = certificate(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 11], 300);
        for n in 0..whole.len() {
            assert_eq!(ChannelBinding::tls_server_end_point(&whole[..n]), None, "{n} octets");
        }
        let endless = [0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x80];
        assert_eq!(ChannelBinding::tls_server_end_point(&endless), None);
    }
}
