//! `pkiCert`: a certificate with its key and its authorities.

use std::any::Any;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::secret::Secret;
use crate::value::{Field, List, Map, Named, Object, STRING_LIST, Text, Type, Value};
use crate::x509::certificate::Certificate as X509;
use crate::x509::pem;

/// What `pkiCert` gives: the PEM blocks of a response by what they are. Each ends in a newline.
pub(crate) struct Certificate {
    fields: [Value; 4],
}

static CERTIFICATE: Named = Named {
    name: "dependency.PemEncoded",
    is_struct: true,
    fields: &[
        Field {
            name: "Cert",
            of: Type::String,
        },
        Field {
            name: "Key",
            of: Type::String,
        },
        Field {
            name: "CA",
            of: Type::String,
        },
        Field {
            name: "CAChain",
            of: STRING_LIST,
        },
    ],
    methods: &[
        Function::new("CaChainContains", &[Type::String], Type::Bool, |_, arguments| {
            let (certificate, wanted) = (arguments.object::<Certificate>(0)?, arguments.text(1)?);
            let Value::List(chain) = &certificate.fields[3] else {
                return Ok(Value::Bool(false));
            };
            Ok(Value::Bool(
                chain.items().iter().any(|known| known.as_text() == Some(wanted)),
            ))
        }),
        Function::new("Data", &[], Type::Named(&CERTIFICATE), data),
        Function::new("Equals", &[Type::Named(&CERTIFICATE)], Type::Bool, |_, arguments| {
            let (one, two) = (arguments.object::<Certificate>(0)?, arguments.object::<Certificate>(1)?);
            Ok(Value::Bool(one.texts() == two.texts()))
        }),
    ],
};

impl Certificate {
    /// Everything it holds, chain included.
    fn texts(&self) -> Vec<&Text> {
        let chain = match &self.fields[3] {
            Value::List(chain) => chain.items(),
            _ => &[],
        };
        self.fields[..3]
            .iter()
            .chain(chain)
            .filter_map(Value::as_text)
            .collect()
    }
}

impl Object for Certificate {
    fn named(&self) -> &'static Named {
        &CERTIFICATE
    }

    fn field(&self, index: usize) -> Value {
        self.fields.get(index).cloned().unwrap_or(Value::Nil)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Data` is the object itself, so that both `.Cert` and `.Data.Cert` work.
fn data(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    Ok(arguments.value(0)?.clone())
}

/// The response to an issue request as a template sees it: its PEM blocks, each by what it is. A certificate of an
/// authority belongs to the chain, wherever it stands.
pub(crate) fn view(secret: &Arc<Secret>) -> Result<Value, FunctionError> {
    let Value::Map(data) = secret.data() else {
        return Ok(Value::Nil);
    };
    let text = Zeroizing::new(pem_text(&data));
    let mut found = Found::default();
    let mut rest = &text[..];
    while let Some((block, after)) = pem::decode(rest) {
        found.take(&block)?;
        rest = after;
    }
    let authority = found.chain.first().cloned().unwrap_or_else(|| Text::from(""));
    Ok(Value::object(Certificate {
        fields: [
            Value::String(found.certificate),
            Value::String(found.key),
            Value::String(authority),
            Value::List(List::strings(found.chain)),
        ],
    }))
}

/// All texts of the response, the issuing authority's certificate before the others of its chain.
fn pem_text(data: &Map) -> Vec<u8> {
    let first = data.get(b"issuing_ca");
    let chain = data.get(b"ca_chain");
    let chain = match &chain {
        Some(Value::List(chain)) => chain.items(),
        _ => &[],
    };
    let others = data.string_entries();
    let others = others.iter().filter(|(key, _)| key.as_bytes() != b"issuing_ca");
    let texts = first.iter().chain(chain).chain(others.map(|(_, value)| value));
    let mut text = Vec::new();
    for part in texts.filter_map(|value| match value {
        Value::String(part) => Some(part),
        _ => None,
    }) {
        text.extend_from_slice(part.as_bytes());
        text.push(b'\n');
    }
    text
}

/// The blocks found so far.
struct Found {
    certificate: Text,
    key: Text,
    chain: Vec<Text>,
}

impl Default for Found {
    fn default() -> Self {
        Found {
            certificate: Text::from(""),
            key: Text::from(""),
            chain: Vec::new(),
        }
    }
}

impl Found {
    fn take(&mut self, block: &pem::Block) -> Result<(), FunctionError> {
        let text = Text::new(pem::encode(&block.label, &block.bytes).as_slice());
        if block.label.ends_with("PRIVATE KEY") {
            self.key = text;
            return Ok(());
        }
        match X509::parse(&block.bytes)?.is_ca {
            true if !self.chain.contains(&text) => self.chain.push(text),
            true => {}
            false => self.certificate = text,
        }
        Ok(())
    }
}
