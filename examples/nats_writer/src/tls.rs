//! Certificates. The client reads the files at each connection, so that renewed ones need no restart; what can be wrong with
//! them already at the start is told then, by the option.

use std::path::Path;

use async_nats::ConnectOptions;
use async_nats::rustls::pki_types::pem::{Error as PemError, PemObject};
use async_nats::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use async_nats::rustls::{ClientConfig, RootCertStore};
use collectd::{Error, Result};

use crate::config::Config;

pub(crate) fn options(mut options: ConnectOptions, config: &Config) -> Result<ConnectOptions> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = &config.ca_file {
        for certificate in certificates("CAFile", file)? {
            roots.add(certificate).map_err(|error| wrong("CAFile", file, error))?;
        }
        options = options.add_root_certificates(file.clone());
    }
    if let (Some(file), Some(key_file)) = (&config.certificate_file, &config.certificate_key) {
        let certificates = certificates("CertificateFile", file)?;
        let key = PrivateKeyDer::from_pem_file(key_file).map_err(|error| match error {
            PemError::NoItemsFound => wrong("CertificateKey", key_file, "there is no key, or it has a password"),
            error => wrong_file("CertificateKey", key_file, error),
        })?;
        let pair = ClientConfig::builder().with_root_certificates(roots).with_client_auth_cert(certificates, key);
        pair.map_err(|error| {
            wrong("CertificateKey", key_file, format_args!("with CertificateFile {file:?}: {error}"))
        })?;
        options = options.add_client_certificate(file.clone(), key_file.clone());
    }
    Ok(options.require_tls(config.tls()))
}

/// At least one.
fn certificates(option: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certificates = read.map_err(|error| wrong_file(option, file, error))?;
    if certificates.is_empty() { Err(wrong(option, file, "there is no certificate")) } else { Ok(certificates) }
}

fn wrong_file(option: &str, file: &Path, error: PemError) -> Error {
    match error {
        PemError::Io(error) => wrong(option, file, error),
        error => wrong(option, file, error),
    }
}

fn wrong(option: &str, file: &Path, why: impl std::fmt::Display) -> Error {
    Error::msg(format_args!("{option} {file:?}: {why}"))
}
