//! Keys in this process: from a PEM file, or made at start by the sandbox.
//!
//! Such a key can be copied, by whoever reads the file or the memory. It is here for trying things
//! out, and for places without AWS KMS.

use super::PublicKey;
use super::keys::{KeyError, SigningKey};
use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Why a key file cannot be used.
#[derive(Debug, Error)]
#[error("the signing key {path}: {problem}")]
pub struct KeyFileError {
    path: PathBuf,
    problem: KeyFileProblem,
}

/// What is wrong with it.
#[derive(Debug, Error)]
pub enum KeyFileProblem {
    /// No such file, or not for us.
    #[error("cannot be read: {0}")]
    Unreadable(std::io::Error),
    /// No PKCS #8 in PEM.
    #[error("is not one private key in PEM and PKCS #8; openssl pkcs8 -topk8 -nocrypt -in OLD -out NEW writes one")]
    NotPkcs8,
    /// A key of another kind.
    #[error("is of another kind than P-256 or RSA of 2,048 to 4,096 bits")]
    Kind,
}

/// A key in this process. `Debug` shows nothing of it.
pub struct LocalKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    P256(EcdsaKeyPair),
    Rsa(RsaKeyPair),
}

impl LocalKey {
    /// Reads a PEM file.
    ///
    /// # Errors
    /// [`KeyFileError`] names the file.
    pub fn read(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |problem| KeyFileError { path: path.to_owned(), problem };
        let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| failed(KeyFileProblem::Unreadable(error)))?;
        if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0) {
            tracing::warn!(path = %path.display(), "the signing key can be read by every user of this machine");
        }
        Self::from_pem(&text).map_err(failed)
    }

    /// Takes one PKCS #8 key in PEM.
    ///
    /// # Errors
    /// [`KeyFileProblem`] says what else it is.
    pub fn from_pem(text: &str) -> Result<Self, KeyFileProblem> {
        let base64 = text.trim_ascii().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(KeyFileProblem::NotPkcs8)?;
        let base64: Zeroizing<String> = Zeroizing::new(base64.split_ascii_whitespace().collect());
        let der = STANDARD.decode(base64.as_bytes()).map(Zeroizing::new).map_err(|_| KeyFileProblem::NotPkcs8)?;
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)
            .map(Pair::P256)
            .or_else(|_| RsaKeyPair::from_pkcs8(&der).map(Pair::Rsa))
            .map_err(|_| KeyFileProblem::Kind)?;
        Self::of(pair).ok_or(KeyFileProblem::Kind)
    }

    /// A fresh P-256 key; `None` for want of memory or randomness.
    #[must_use]
    pub fn generate() -> Option<Self> {
        Self::of(Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).ok()?))
    }

    fn of(pair: Pair) -> Option<Self> {
        let spki: PublicKeyX509Der<'_> = match &pair {
            Pair::P256(pair) => pair.public_key().as_der().ok()?,
            Pair::Rsa(pair) => pair.public_key().as_der().ok()?,
        };
        let public = PublicKey::from_spki(spki.as_ref())?;
        Some(Self { pair, public })
    }
}

#[async_trait]
impl SigningKey for LocalKey {
    async fn public(&self) -> Result<PublicKey, KeyError> {
        Ok(self.public.clone())
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::P256(pair) => pair.sign(&random, message).map(|signature| signature.as_ref().to_vec()).map_err(|_| KeyError::Signing),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| KeyError::Signing)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for LocalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::signature::Verifier;
    use p256::pkcs8::DecodePublicKey;
    use std::io::Write;

    const P256: &str = include_str!("../../tests/cases/keys/balancer.private.pem");
    const P256_PUBLIC: &str = include_str!("../../tests/cases/keys/balancer.public.pem");
    const RSA: &str = include_str!("../../tests/cases/keys/pool.private.pem");

    #[tokio::test]
    async fn signs_as_the_key_in_the_file() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(P256.as_bytes()).unwrap();
        let key = LocalKey::read(file.path()).unwrap();
        let signature = key.sign(b"message").await.unwrap();
        let verifier = p256::ecdsa::VerifyingKey::from_public_key_pem(P256_PUBLIC).unwrap();
        verifier.verify(b"message", &p256::ecdsa::Signature::from_slice(&signature).unwrap()).unwrap();
    }

    #[tokio::test]
    async fn rsa_signs_too() {
        let key = LocalKey::from_pem(RSA).unwrap();
        let PublicKey::Rsa { n, e, length } = key.public().await.unwrap() else { panic!("not RSA") };
        let signature = key.sign(b"message").await.unwrap();
        assert_eq!(signature.len(), length);
        let decode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap();
        let public = aws_lc_rs::rsa::PublicKeyComponents { n: decode(&n), e: decode(&e) };
        public.verify(&aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256, b"message", &signature).unwrap();
    }

    #[test]
    fn what_is_no_such_key_is_told() {
        for (text, problem) in [
            ("", "PKCS #8"),
            (P256_PUBLIC, "PKCS #8"),
            (&P256.replace("PRIVATE KEY", "EC PRIVATE KEY"), "openssl pkcs8"),
            (&format!("{P256}{P256}"), "PKCS #8"),
            ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", "another kind"),
        ] {
            let told = LocalKey::from_pem(text).err().unwrap().to_string();
            assert!(told.contains(problem), "{told}");
        }
        let missing = LocalKey::read(Path::new("/nonexistent/key.pem")).err().unwrap().to_string();
        assert!(missing.starts_with("the signing key /nonexistent/key.pem: cannot be read"), "{missing}");
    }

    #[test]
    fn debug_shows_nothing_of_it() {
        let shown = format!("{:?}", LocalKey::from_pem(P256).unwrap());
        let body: String = P256.lines().filter(|line| !line.starts_with('-')).collect();
        assert!(!body.as_bytes().chunks(12).any(|part| shown.contains(std::str::from_utf8(part).unwrap())), "{shown}");
    }
}
