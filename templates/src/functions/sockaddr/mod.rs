//! `sockaddr`: the addresses of this machine, by the template functions of hashicorp/go-sockaddr.

mod address;
mod arithmetic;
mod filters;
mod machine;

use std::any::Any;

use super::regexes;
use crate::fmt::quote::{Charset, quote_with};
use crate::function::{Arguments, Function, FunctionError};
use crate::go::GoTemplate;
use crate::options::Options;
use crate::value::{Named, Object, UintType};
use crate::{Call, Type, Value};
use address::{Address, is_in_rfc};

const TEXT: Type = Type::String;
const LIST: Type = Type::Named(&ADDRESSES);
const FORWARDING: &str = "4294967295";

type Outcome = Result<Value, FunctionError>;

pub(super) static TABLE: &[Function] = &[Function::variadic("sockaddr", &[TEXT], TEXT, sockaddr)];

/// What the text of `sockaddr` can call.
static INNER: &[Function] = &[
    Function::new("GetAllInterfaces", &[], LIST, |call, _| {
        Ok(list(machine::addresses(call.source())?))
    }),
    Function::new("GetDefaultInterfaces", &[], LIST, |call, _| {
        let all = machine::addresses(call.source())?;
        Ok(list(all.into_iter().filter(|address| address.is_default).collect()))
    }),
    Function::new("GetInterfaceIP", &[TEXT], TEXT, |call, arguments| {
        let found = of_interface(call, arguments, true)?;
        Ok(Value::string(
            found.first().map(|address| address.ip.to_string()).unwrap_or_default(),
        ))
    }),
    Function::new("GetInterfaceIPs", &[TEXT], TEXT, |call, arguments| {
        Ok(joined(&of_interface(call, arguments, false)?))
    }),
    Function::new("GetPrivateIP", &[], TEXT, |call, _| first(&forwardable(call, true)?)),
    Function::new("GetPrivateIPs", &[], TEXT, |call, _| all_of(call, true)),
    Function::new("GetPrivateInterfaces", &[], LIST, |call, _| {
        Ok(list(forwardable(call, true)?))
    }),
    Function::new("GetPublicIP", &[], TEXT, |call, _| first(&forwardable(call, false)?)),
    Function::new("GetPublicIPs", &[], TEXT, |call, _| all_of(call, false)),
    Function::new("GetPublicInterfaces", &[], LIST, |call, _| {
        Ok(list(forwardable(call, false)?))
    }),
    Function::new("attr", &[TEXT, LIST], TEXT, |_, arguments| {
        let name = arguments.str_lossy(0)?.to_lowercase();
        match addresses(arguments, 1)?.first() {
            Some(address) => Ok(Value::string(address.attribute(&name)?)),
            None => Ok(Value::string("")),
        }
    }),
    Function::new("exclude", &[TEXT, TEXT, LIST], LIST, |call, arguments| {
        filters::select(call, arguments, false)
    }),
    Function::new("include", &[TEXT, TEXT, LIST], LIST, |call, arguments| {
        filters::select(call, arguments, true)
    }),
    Function::new("join", &[TEXT, TEXT, LIST], TEXT, |_, arguments| {
        let name = arguments.str_lossy(0)?.to_lowercase();
        let texts = addresses(arguments, 2)?.iter().map(|address| address.attribute(&name));
        let texts: Vec<String> = texts.collect::<Result<_, _>>()?;
        Ok(Value::string(texts.join(&arguments.str_lossy(1)?)))
    }),
    Function::new("limit", &[Type::Uint(UintType::Uint), LIST], LIST, |_, arguments| {
        let most = usize::try_from(arguments.uint(0)?).unwrap_or(usize::MAX);
        Ok(list(addresses(arguments, 1)?.iter().take(most).cloned().collect()))
    }),
    Function::new("math", &[TEXT, TEXT, LIST], LIST, arithmetic::math),
    Function::new("offset", &[Type::INT, LIST], LIST, filters::offset),
    Function::new("sort", &[TEXT, LIST], LIST, filters::sort),
    Function::new("unique", &[TEXT, LIST], LIST, filters::unique),
];

/// `sockaddr.IfAddrs`.
struct Addresses(Vec<Address>);

static ADDRESSES: Named = Named {
    name: "sockaddr.IfAddrs",
    is_struct: true,
    fields: &[],
    methods: &[],
};

impl Object for Addresses {
    fn named(&self) -> &'static Named {
        &ADDRESSES
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn list(addresses: Vec<Address>) -> Value {
    Value::object(Addresses(addresses))
}

fn addresses(arguments: Arguments<'_>, index: usize) -> Result<&[Address], FunctionError> {
    Ok(&arguments.object::<Addresses>(index)?.0)
}

/// Runs the arguments, joined by spaces, as one action over the functions above.
fn sockaddr(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let words: Vec<_> = arguments.all().iter().filter_map(Value::as_text).collect();
    let words: Vec<&[u8]> = words.iter().map(|text| text.as_bytes()).collect();
    let input = [b"{{ ", &words.join(&b' ')[..], b" }}"].concat();
    call.reserve(input.len())?;
    // What the action does is counted on its own, and this much for it here.
    const STEPS: u64 = 1_000;
    call.step(STEPS)?;
    let shown = quote_with(&input, b'"', Charset::Ascii);
    let failed = |what: &str, error: &[u8]| [what.as_bytes(), b" ", &shown, b": ", error].concat();
    let options = Options {
        name: "sockaddr.Parse".to_owned(),
        error_on_missing_key: true,
        limits: *call.limits(),
        ..Options::default()
    };
    let template = GoTemplate::parse_over(&input, &options, INNER).map_err(|error| {
        failed(
            "unable to parse template",
            error.text().trim_start_matches("parse: ").as_bytes(),
        )
    })?;
    let mut inner = Call::new(call.source(), &options);
    let result = template.execute(&mut inner);
    drop(inner.finish());
    let output = result.map_err(|error| failed("unable to execute sockaddr input", &error.text))?;
    Ok(Value::string(output))
}

fn joined(addresses: &[Address]) -> Value {
    let texts: Vec<String> = addresses.iter().map(|address| address.ip.to_string()).collect();
    Value::string(texts.join(" "))
}

fn first(addresses: &[Address]) -> Outcome {
    let text = addresses.first().map(|address| address.ip.to_string());
    Ok(Value::string(text.unwrap_or_default()))
}

/// The addresses of interfaces whose name matches, IPv4 and large networks first.
fn of_interface(call: &mut Call<'_>, arguments: Arguments<'_>, routed: bool) -> Result<Vec<Address>, FunctionError> {
    let expression = arguments.text(0)?;
    let all = machine::addresses(call.source())?;
    let mut found = Vec::new();
    for address in all {
        if regexes::matches(call, expression.as_bytes(), address.name.as_bytes())? {
            found.push(address);
        }
    }
    found.retain(|address| !routed || !is_in_rfc(FORWARDING, address.ip));
    found.sort_by_key(|address| (address.ip.is_ipv6(), address.prefix));
    Ok(found)
}

/// Addresses of interfaces that are up which routers forward: private ones or public ones, the default route first.
fn forwardable(call: &mut Call<'_>, private: bool) -> Result<Vec<Address>, FunctionError> {
    let mut found = machine::addresses(call.source())?;
    found.retain(|address| {
        address.is_up() && !is_in_rfc(FORWARDING, address.ip) && is_in_rfc("6890", address.ip) == private
    });
    found.sort_by_key(|address| (!address.is_default, address.ip.is_ipv6(), address.prefix));
    Ok(found)
}

/// As [`forwardable`], whether the interfaces are up or not.
fn all_of(call: &mut Call<'_>, private: bool) -> Outcome {
    let mut found = machine::addresses(call.source())?;
    found.retain(|address| !is_in_rfc(FORWARDING, address.ip) && is_in_rfc("6890", address.ip) == private);
    found.sort_by_key(|address| (address.ip.is_ipv6(), address.prefix));
    Ok(joined(&found))
}
