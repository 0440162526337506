//! `pkiCert`: a certificate with its key and its authorities.

use std::any::Any;
use std::sync::Arc;

use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::secret::Secret;
use crate::value::{Field, List, Map, Named, Object, STRING_LIST, Text, Type, Value};

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

/// The response to an issue request as a template sees it.
pub(crate) fn view(secret: &Arc<Secret>) -> Value {
    let Value::Map(data) = secret.data() else {
        return Value::Nil;
    };
    let chain = chain(&data);
    let authority = chain.first().cloned().unwrap_or_else(|| Text::from(""));
    Value::object(Certificate {
        fields: [
            Value::String(block(&data, b"certificate")),
            Value::String(block(&data, b"private_key")),
            Value::String(authority),
            Value::List(List::strings(chain)),
        ],
    })
}

fn block(data: &Map, name: &[u8]) -> Text {
    data.get(name)
        .as_ref()
        .and_then(Value::as_text)
        .map_or_else(|| Text::from(""), ended)
}

/// A PEM text with a newline at its end, unless it is empty.
fn ended(text: &Text) -> Text {
    let bytes = text.as_bytes().trim_ascii();
    match bytes.is_empty() {
        true => Text::from(""),
        false => Text::new([bytes, b"\n"].concat()),
    }
}

/// The authorities, the issuing one first, each once.
fn chain(data: &Map) -> Vec<Text> {
    let mut chain = vec![block(data, b"issuing_ca")];
    if let Some(Value::List(more)) = data.get(b"ca_chain") {
        chain.extend(more.items().iter().filter_map(Value::as_text).map(ended));
    }
    let mut distinct: Vec<Text> = Vec::new();
    for authority in chain {
        if !authority.is_empty() && !distinct.contains(&authority) {
            distinct.push(authority);
        }
    }
    distinct
}
