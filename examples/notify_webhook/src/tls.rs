//! Who is believed to be the other side.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use collectd::prelude::*;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// Where systems keep the certificates that they trust.
const SYSTEM_CA_FILES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Trusts those in the file, or else those that the system does.
pub(crate) fn config(ca_file: Option<&Path>) -> Result<TlsConfig> {
    let system = || SYSTEM_CA_FILES.into_iter().map(Path::new).find(|file| file.exists());
    let file = ca_file.or_else(system).ok_or_else(|| {
        Error::msg("the system's certificates are in none of the usual places: CaFile says where others are")
    })?;
    let pem = fs::read(file).map_err(|error| Error::msg(format_args!("CaFile {file:?}: {error}")))?;
    let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(Error::msg(format_args!("CaFile {file:?} has no certificate in PEM")));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    Ok(config.root_certs(RootCerts::new_with_certs(&certificates)).build())
}
