//! A certificate authority of the moment: it signs the brokers' certificates and is forgotten.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::DockerError;

/// An authority that can sign while it lives; its key is never written.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// What clients trust, as PEM.
    pub certificate: String,
}

impl Authority {
    /// Makes an authority.
    pub fn new() -> Result<Self, DockerError> {
        Self::make().map_err(|source| DockerError::Certificate { source })
    }

    fn make() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Landfall mock site");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self {
            issuer: Issuer::new(params, key),
            certificate,
        })
    }

    /// The private key and certificate of the broker `host`, as one PEM that Kafka reads as a key store.
    pub fn broker(&self, host: &str) -> Result<String, DockerError> {
        self.sign(host)
            .map_err(|source| DockerError::Certificate { source })
    }

    fn sign(&self, host: &str) -> Result<String, rcgen::Error> {
        let names = [host, "localhost", "127.0.0.1"].map(ToOwned::to_owned);
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, host);
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(format!("{}{}", key.serialize_pem(), certificate.pem()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_gets_a_key_and_a_certificate() {
        let authority = Authority::new().unwrap();
        let broker = authority.broker("landfall-1-source-1").unwrap();
        assert!(broker.starts_with("-----BEGIN PRIVATE KEY-----"), "{broker}");
        assert!(broker.contains("-----BEGIN CERTIFICATE-----"));
        assert!(authority.certificate.starts_with("-----BEGIN CERTIFICATE-----"));
    }
}
