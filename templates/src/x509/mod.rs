//! Certificates and private keys as bytes: PEM, DER, and what of X.509 templates need. Nothing here calculates with
//! keys; that is behind [`crate::Keys`].

pub(crate) mod certificate;
pub(crate) mod der;
pub(crate) mod issue;
pub(crate) mod pem;
pub(crate) mod private_key;
