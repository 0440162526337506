//! Reading the parts of a certificate that issuing and sorting need.

use super::der::{Reader, tag};

const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 0x0e];

/// A certificate, as far as it is looked at. The slices are parts of its DER.
pub(crate) struct Certificate<'d> {
    /// The subject's name, encoded.
    pub(crate) subject: &'d [u8],
    /// The bytes of the public key.
    pub(crate) public_key: &'d [u8],
    /// The key identifier, if it has one.
    pub(crate) key_id: Option<&'d [u8]>,
    /// Whether it is an authority's.
    pub(crate) is_ca: bool,
}

impl<'d> Certificate<'d> {
    /// Reads a certificate. Fails with the words of Go's `crypto/x509`.
    pub(crate) fn parse(bytes: &'d [u8]) -> Result<Self, &'static str> {
        let mut outer = Reader::new(bytes);
        let mut parts = outer.inside(tag::SEQUENCE).ok_or("x509: malformed certificate")?;
        if !outer.is_empty() {
            return Err("x509: trailing data");
        }
        let mut signed = parts.inside(tag::SEQUENCE).ok_or("x509: malformed tbs certificate")?;
        check_version(&mut signed)?;
        check_serial(&mut signed)?;
        let algorithm = signed
            .content(tag::SEQUENCE)
            .ok_or("x509: malformed signature algorithm identifier")?;
        let outer_algorithm = parts
            .content(tag::SEQUENCE)
            .ok_or("x509: malformed algorithm identifier")?;
        if algorithm != outer_algorithm {
            return Err("x509: inner and outer signature algorithm identifiers don't match");
        }
        Reader::new(algorithm).content(tag::OID).ok_or("x509: malformed OID")?;
        signed.content(tag::SEQUENCE).ok_or("x509: malformed issuer")?;
        signed.content(tag::SEQUENCE).ok_or("x509: malformed validity")?;
        let (subject, _) = signed.whole(tag::SEQUENCE).ok_or("x509: malformed issuer")?;
        let public_key = public_key(&mut signed)?;
        let mut certificate = Certificate {
            subject,
            public_key,
            key_id: None,
            is_ca: false,
        };
        certificate.read_extensions(signed)?;
        parts.bits().ok_or("x509: malformed signature")?;
        Ok(certificate)
    }

    fn read_extensions(&mut self, mut signed: Reader<'d>) -> Result<(), &'static str> {
        signed
            .optional(tag::context(1))
            .ok_or("x509: malformed issuerUniqueID")?;
        signed
            .optional(tag::context(2))
            .ok_or("x509: malformed subjectUniqueID")?;
        let extensions = signed
            .optional(tag::constructed(3))
            .ok_or("x509: malformed extensions")?;
        let Some(extensions) = extensions else { return Ok(()) };
        let mut extensions = Reader::new(extensions)
            .inside(tag::SEQUENCE)
            .ok_or("x509: malformed extensions")?;
        while !extensions.is_empty() {
            let extension = extensions.inside(tag::SEQUENCE).ok_or("x509: malformed extension")?;
            self.read_extension(extension)?;
        }
        Ok(())
    }

    fn read_extension(&mut self, mut extension: Reader<'d>) -> Result<(), &'static str> {
        let name = extension
            .content(tag::OID)
            .ok_or("x509: malformed extension OID field")?;
        extension
            .optional(tag::BOOLEAN)
            .ok_or("x509: malformed extension critical field")?;
        let value = extension
            .content(tag::OCTET_STRING)
            .ok_or("x509: malformed extension value field")?;
        let mut value = Reader::new(value);
        match name {
            BASIC_CONSTRAINTS => {
                let mut fields = value.inside(tag::SEQUENCE).ok_or("x509: invalid basic constraints")?;
                let flag = fields.optional(tag::BOOLEAN).ok_or("x509: invalid basic constraints")?;
                self.is_ca = flag == Some(&[0xff]);
            }
            SUBJECT_KEY_ID => {
                let id = value
                    .content(tag::OCTET_STRING)
                    .ok_or("x509: invalid subject key identifier")?;
                self.key_id = Some(id).filter(|id| !id.is_empty());
            }
            _ => {}
        }
        Ok(())
    }
}

fn check_version(signed: &mut Reader<'_>) -> Result<(), &'static str> {
    let version = signed.optional(tag::constructed(0)).ok_or("x509: malformed version")?;
    let Some(version) = version else { return Ok(()) };
    match Reader::new(version).integer().ok_or("x509: malformed version")? {
        [0..=2] => Ok(()),
        [first, ..] if *first >= 0x80 => Err("x509: malformed version"),
        _ => Err("x509: invalid version"),
    }
}

fn check_serial(signed: &mut Reader<'_>) -> Result<(), &'static str> {
    match signed.integer().ok_or("x509: malformed serial number")? {
        [first, ..] if *first >= 0x80 => Err("x509: negative serial number"),
        _ => Ok(()),
    }
}

fn public_key<'d>(signed: &mut Reader<'d>) -> Result<&'d [u8], &'static str> {
    let mut info = signed.inside(tag::SEQUENCE).ok_or("x509: malformed spki")?;
    let mut algorithm = info
        .inside(tag::SEQUENCE)
        .ok_or("x509: malformed public key algorithm identifier")?;
    algorithm.content(tag::OID).ok_or("x509: malformed OID")?;
    info.bits().ok_or("x509: malformed subjectPublicKey")
}
