//! TLS between the balancer and the portal: `web.tls`.
//!
//! TLS 1.2 and 1.3, `http/1.1`, no client certificates. Keys stand in memory only, and nothing here
//! prints one. The certificate can be replaced while connections use it.

use crate::model::clock::Timestamp;
use crate::server::config;
use crate::server::config::problem::Problem;
use rcgen::{CertificateParams, KeyPair};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::verify_server_cert_signed_by_trust_anchor;
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::{ClientHello, ParsedCertificate, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore, ServerConfig};

/// TLS as one setting of `web.tls` asks for it.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    certificate: Arc<Certificate>,
}

impl Tls {
    /// TLS of this setting, `None` for `off`.
    ///
    /// # Errors
    /// What is wrong with the files that it names.
    pub fn new(setting: &config::Tls, now: Timestamp) -> Result<Option<Self>, Problem> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let key = match setting {
            config::Tls::Off => return Ok(None),
            config::Tls::SelfSigned => self_signed(&provider)?,
            config::Tls::Files { cert, key } => from_files(cert, key, now, &provider)?,
        };
        let certificate = Arc::new(Certificate(RwLock::new(Arc::new(key))));
        let mut settings = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| unusable("web.tls", "web.tls", format!("cannot be set up: {error}"), "report this: it is a defect"))?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate) as Arc<dyn ResolvesServerCert>);
        settings.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Some(Self { acceptor: TlsAcceptor::from(Arc::new(settings)), certificate }))
    }

    /// What makes TLS of a connection.
    #[must_use]
    pub fn acceptor(&self) -> TlsAcceptor {
        self.acceptor.clone()
    }

    /// Reads the files anew: what is put into place afterwards serves the next handshakes. `None` where
    /// the setting names no files.
    ///
    /// # Errors
    /// What is wrong with the files; nothing has changed then.
    pub fn read_anew(&self, setting: &config::Tls, now: Timestamp) -> Result<Option<Renewed>, Problem> {
        let config::Tls::Files { cert, key } = setting else { return Ok(None) };
        let key = from_files(cert, key, now, &aws_lc_rs::default_provider())?;
        Ok(Some(Renewed { certificate: Arc::clone(&self.certificate), key: Arc::new(key) }))
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// A certificate that has been read and checked, and waits to be put into place.
pub struct Renewed {
    certificate: Arc<Certificate>,
    key: Arc<CertifiedKey>,
}

impl Renewed {
    /// Puts it into place.
    pub fn put(self) {
        *self.certificate.0.write().unwrap_or_else(PoisonError::into_inner) = self.key;
    }
}

impl fmt::Debug for Renewed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewed").finish_non_exhaustive()
    }
}

/// The certificate in use, with its key.
struct Certificate(RwLock<Arc<CertifiedKey>>);

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate(…)")
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// A key and a certificate of nobody in particular: load balancers encrypt to whatever answers.
fn self_signed(provider: &CryptoProvider) -> Result<CertifiedKey, Problem> {
    let made = || {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(vec!["vestibule.internal".to_owned()])?.self_signed(&key)?;
        Ok((certificate.der().clone(), key.serialize_der()))
    };
    let failed =
        |error: String| unusable("web.tls", "web.tls", format!("a certificate cannot be made: {error}"), "report this: it is a defect");
    let (certificate, key) = made().map_err(|error: rcgen::Error| failed(error.to_string()))?;
    let key = PrivateKeyDer::try_from(key).map_err(|error| failed(error.to_owned()))?;
    CertifiedKey::from_der(vec![certificate], key, provider).map_err(|error| failed(error.to_string()))
}

fn from_files(cert: &Path, key: &Path, now: Timestamp, provider: &CryptoProvider) -> Result<CertifiedKey, Problem> {
    let of_cert = |message: String, fix: &str| unusable(&cert.display().to_string(), "web.tls.cert", message, fix);
    let of_key = |message: String, fix: &str| unusable(&key.display().to_string(), "web.tls.key", message, fix);

    let pem =
        std::fs::read(cert).map_err(|error| of_cert(format!("cannot be read: {error}"), "name a PEM file that the portal may read"))?;
    let not_pem = "name a PEM file that begins with -----BEGIN CERTIFICATE-----";
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, pem::Error>>()
        .map_err(|_| of_cert("is not a PEM file".to_owned(), not_pem))?;
    let Some(first) = chain.first() else { return Err(of_cert("holds no certificate".to_owned(), not_pem)) };
    let parsed = ParsedCertificate::try_from(first)
        .map_err(|error| of_cert(format!("holds something that is not a certificate: {error}"), not_pem))?;
    if let Some(problem) = out_of_time(&parsed, now, provider) {
        return Err(of_cert(problem.to_owned(), "renew it; the balancer does not look at it, but whoever connects by hand does"));
    }

    let pem = std::fs::read(key).map_err(|error| of_key(format!("cannot be read: {error}"), "name a PEM file that the portal may read"))?;
    let private = PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        of_key("holds no private key".to_owned(), "name a PEM file that begins with -----BEGIN PRIVATE KEY-----, without a password")
    })?;
    CertifiedKey::from_der(chain.clone(), private, provider).map_err(|error| match error {
        Error::InconsistentKeys(_) => {
            of_key("is not the key of the certificate in web.tls.cert".to_owned(), "name the two files of one pair")
        }
        _ => of_key("holds a key that cannot be used".to_owned(), "use an RSA key of 2,048 bits or more, or an EC key"),
    })
}

/// What is wrong with the certificate's time. No chain is looked for: who trusts it is not ours to say.
fn out_of_time(certificate: &ParsedCertificate<'_>, now: Timestamp, provider: &CryptoProvider) -> Option<&'static str> {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(now.seconds()).unwrap_or(0)));
    let algorithms = provider.signature_verification_algorithms.all;
    // The time is checked first, before an issuer is looked for that nobody named.
    match verify_server_cert_signed_by_trust_anchor(certificate, &RootCertStore::empty(), &[], now, algorithms) {
        Err(Error::InvalidCertificate(CertificateError::Expired | CertificateError::ExpiredContext { .. })) => Some("has expired"),
        Err(Error::InvalidCertificate(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. })) => {
            Some("is not valid yet")
        }
        _ => None,
    }
}

fn unusable(place: &str, key: &str, message: String, fix: &str) -> Problem {
    Problem { place: place.to_owned(), key: key.to_owned(), message, fix: fix.to_owned() }
}

#[cfg(test)]
mod tests;
