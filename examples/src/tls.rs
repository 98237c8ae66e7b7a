//! TLS for a server that nobody knows: a self-signed certificate, made once and kept.

use mailwire_sasl::ChannelBinding;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

/// A server's certificate with its key, and a client's trust in it.
#[derive(Clone, Debug)]
pub struct Tls {
    /// For the server's side.
    pub server: Arc<ServerConfig>,
    /// For a client that trusts this certificate and no other.
    pub client: Arc<ClientConfig>,
    /// Where the certificate lies, for other programs to trust.
    pub certificate: PathBuf,
    /// The channel binding that comes of it.
    pub end_point: Option<ChannelBinding>,
}

/// Reads the certificate for `domain` from `dir`, or makes one there for `localhost`, `domain`,
/// 127.0.0.1 and ::1.
///
/// # Errors
///
/// Those of the files, and when what lies there is not a certificate and its key.
pub fn load_or_make(dir: &Path, domain: &str) -> io::Result<Tls> {
    let certificate = dir.join(format!("{domain}.cert.pem"));
    let key = dir.join(format!("{domain}.key.pem"));
    if !certificate.exists() || !key.exists() {
        make(&certificate, &key, domain)?;
    }
    let chain = CertificateDer::pem_file_iter(&certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(&key).map_err(io::Error::other)?;
    let provider = Arc::new(ring::default_provider());

    let mut roots = RootCertStore::empty();
    for certificate in &chain {
        roots.add(certificate.clone()).map_err(io::Error::other)?;
    }
    let end_point = chain.first().and_then(|first| ChannelBinding::tls_server_end_point(first));
    let client = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(io::Error::other)?;
    // Nothing arrives that was not asked for: imaplib2, and so offlineimap, reads and writes one session
    // from two threads, and loses its next command when a ticket arrives while it writes that.
    server.send_tls13_tickets = 0;
    Ok(Tls { server: Arc::new(server), client: Arc::new(client), certificate, end_point })
}

fn make(certificate: &Path, key: &Path, domain: &str) -> io::Result<()> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(String::from).into();
    if !names.iter().any(|name| name == domain) {
        names.push(domain.to_owned());
    }
    let mut params = rcgen::CertificateParams::new(names).map_err(io::Error::other)?;
    params.distinguished_name.push(rcgen::DnType::CommonName, domain);
    let pair = rcgen::KeyPair::generate().map_err(io::Error::other)?;
    let made = params.self_signed(&pair).map_err(io::Error::other)?;
    write_private(key, pair.serialize_pem().as_bytes())?;
    write_private(certificate, made.pem().as_bytes())
}

/// Writes a file that only its owner can read, whole or not at all.
///
/// # Errors
///
/// Those of the files.
pub fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

/// So many random octets, fit for keys.
///
/// # Errors
///
/// When the system has no random numbers.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut octets = [0; N];
    let provider: CryptoProvider = ring::default_provider();
    provider.secure_random.fill(&mut octets).map_err(|_| io::Error::other("no random numbers"))?;
    Ok(octets)
}

/// A word of `n` random letters and digits that are not taken for one another.
///
/// # Errors
///
/// When the system has no random numbers.
pub fn random_word(n: usize) -> io::Result<String> {
    // 32 of them, so that each octet gives one without bias.
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut octets = vec![0; n];
    let provider: CryptoProvider = ring::default_provider();
    provider.secure_random.fill(&mut octets).map_err(|_| io::Error::other("no random numbers"))?;
    let letter = |octet: &u8| LETTERS.get(usize::from(octet % 32)).copied().map(char::from);
    Ok(octets.iter().filter_map(letter).collect())
}
