//! Who is believed to be the other side.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Where systems keep the certificates that they trust.
const SYSTEM_CA_FILES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Why nobody can be trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("CaFile {path:?}")]
    CaFile { path: PathBuf, source: io::Error },
    #[error("CaFile {path:?} has no certificate in PEM")]
    NoCertificate { path: PathBuf },
    #[error("the system's certificates are in none of the usual places: CaFile says where others are")]
    NoCaFile,
}

/// Trusts those in the file, or else those that the system does.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<TlsConfig, TlsError> {
    let system = || SYSTEM_CA_FILES.into_iter().map(Path::new).find(|file| file.exists());
    let path = ca_file.or_else(system).ok_or(TlsError::NoCaFile)?;
    let pem = fs::read(path).map_err(|source| TlsError::CaFile { path: path.to_owned(), source })?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate { path: path.to_owned() });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    Ok(config.root_certs(RootCerts::new_with_certs(&certificates)).build())
}
