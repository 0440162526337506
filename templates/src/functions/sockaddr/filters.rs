//! Choosing and ordering addresses.

use std::cmp::Ordering;

use super::address::{self, Address, FLAGS};
use super::{FORWARDING, addresses, list, regexes};
use crate::function::{Arguments, FunctionError};
use crate::{Call, Value};

type Outcome = Result<Value, FunctionError>;

/// `include` and `exclude`.
pub(super) fn select(call: &mut Call<'_>, arguments: Arguments<'_>, included: bool) -> Outcome {
    let selector = arguments.str_lossy(0)?.to_lowercase();
    let wanted = arguments.str_lossy(1)?;
    let mut kept = Vec::new();
    check(&selector, &wanted, if included { "include" } else { "exclude" })?;
    if selector == "size" {
        check_size(&wanted, addresses(arguments, 2)?)?;
    }
    for address in addresses(arguments, 2)? {
        let matches = match selector.as_str() {
            "name" => fits(call, &wanted, &selector, &address.name)?,
            "address" => fits(call, &wanted, &selector, &address.ip.to_string())?,
            // Addresses of interfaces have no port.
            "port" => fits(call, &wanted, &selector, "0")?,
            "size" => wanted.parse() == Ok(address.prefix),
            _ => wanted.split('|').any(|part| has(address, &selector, part)),
        };
        if matches == included {
            kept.push(address.clone());
        }
    }
    Ok(list(kept))
}

/// Refuses a selector, or a part of what it selects, that is not known.
fn check(selector: &str, wanted: &str, function: &str) -> Result<(), FunctionError> {
    for part in wanted.split('|') {
        let lower = part.to_lowercase();
        let problem = match selector {
            "name" | "address" | "port" | "size" => None,
            "type" if matches!(lower.as_str(), "ip" | "ipv4" | "ipv6" | "unix") => None,
            "type" => Some(format!("unsupported type {lower:?} {wanted:?}")),
            "rfc" | "rfcs" if address::is_known_rfc(part) => None,
            "rfc" | "rfcs" => Some(unknown_rfc(part)),
            "flag" | "flags" if ROLES.contains(&lower.as_str()) || flag(&lower).is_some() => None,
            "flag" | "flags" => Some(format!("Unknown interface flag: {lower:?}")),
            "network" if address::parse_network(part).is_some() => None,
            "network" => Some(format!("unable to create an IP address from {part:?}")),
            _ => Some(format!("invalid {function} selector {selector:?}")),
        };
        if let Some(problem) = problem {
            return Err(problem.into());
        }
    }
    Ok(())
}

fn unknown_rfc(part: &str) -> String {
    let problem = match part.parse::<u64>() {
        Ok(number) => format!("unsupported RFC {number}"),
        Err(_) => format!("unable to parse RFC number {part:?}: strconv.ParseUint: parsing {part:?}: invalid syntax"),
    };
    format!("unable to lookup RFC number {part:?}: {problem}")
}

/// Whether an attribute matches a regular expression.
fn fits(call: &mut Call<'_>, expression: &str, attribute: &str, text: &str) -> Result<bool, FunctionError> {
    let found = regexes::matches(call, expression.as_bytes(), text.as_bytes());
    found.map_err(|error| match error {
        FunctionError::Failed(text) => {
            let place = format!("Unable to compile {attribute} regexp {expression:?}: ");
            FunctionError::Failed([place.as_bytes(), &text].concat())
        }
        error => error,
    })
}

/// Refuses a size that no network of the addresses has.
fn check_size(wanted: &str, addresses: &[Address]) -> Result<(), String> {
    let is_number = !wanted.is_empty() && wanted.bytes().all(|byte| byte.is_ascii_digit());
    let size = wanted.parse::<u64>().ok().filter(|_| is_number);
    let size = size.ok_or_else(|| {
        let problem = if is_number {
            "value out of range"
        } else {
            "invalid syntax"
        };
        format!("invalid exclude size argument ({wanted:?}): strconv.ParseUint: parsing {wanted:?}: {problem}")
    })?;
    let limit = |address: &Address| {
        if address.ip.is_ipv4() {
            (32, "IPv4")
        } else {
            (128, "IPv6")
        }
    };
    match addresses.iter().map(limit).find(|(most, _)| size > *most) {
        Some((_, family)) => Err(format!("mask size out of bounds for {family} address: {size}")),
        None => Ok(()),
    }
}

/// Flags that tell about the address, not about the interface.
const ROLES: [&str; 6] = [
    "forwardable",
    "global unicast",
    "link-local unicast",
    "loopback",
    "multicast",
    "unspecified",
];

fn flag(name: &str) -> Option<u32> {
    let name = if name == "point-to-point" { "pointtopoint" } else { name };
    FLAGS.iter().find(|(_, known)| *known == name).map(|(bit, _)| *bit)
}

fn has(address: &Address, selector: &str, part: &str) -> bool {
    let lower = part.to_lowercase();
    let ip = address.ip;
    match selector {
        "type" => match lower.as_str() {
            "ip" => true,
            "ipv4" => ip.is_ipv4(),
            "ipv6" => ip.is_ipv6(),
            _ => false,
        },
        "rfc" | "rfcs" => address::is_in_rfc(part, ip),
        "network" => address::parse_network(part).is_some_and(|network| address::contains(network, ip)),
        _ => {
            let by_address = match lower.as_str() {
                "forwardable" => !address::is_in_rfc(FORWARDING, ip),
                "global unicast" => !(ip.is_loopback() || ip.is_multicast() || ip.is_unspecified()),
                "link-local unicast" => match ip {
                    std::net::IpAddr::V4(ip) => ip.is_link_local(),
                    std::net::IpAddr::V6(ip) => ip.is_unicast_link_local(),
                },
                "loopback" => ip.is_loopback(),
                "multicast" => ip.is_multicast(),
                "unspecified" => ip.is_unspecified(),
                _ => false,
            };
            by_address || flag(&lower).is_some_and(|bit| address.flags & bit != 0)
        }
    }
}

/// `offset`: drops the first addresses, or keeps so many of the last.
pub(super) fn offset(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (offset, all) = (arguments.int(0)?, addresses(arguments, 1)?);
    let count = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    if count > all.len() {
        return Err(format!(
            "unable to seek past the end of the interface array: offset ({count}) exceeds the number of interfaces ({})",
            all.len()
        )
        .into());
    }
    let start = if offset < 0 { all.len() - count } else { count };
    Ok(list(all[start..].to_vec()))
}

/// `sort`: by selectors after each other, each with `+` or `-`.
pub(super) fn sort(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let selectors = arguments.str_lossy(0)?;
    let mut clauses = Vec::new();
    for clause in selectors.split(',') {
        let lower = clause.trim().to_lowercase();
        let name = lower.strip_prefix(['+', '-']).unwrap_or(&lower).to_owned();
        if !matches!(
            name.as_str(),
            "address" | "default" | "name" | "port" | "private" | "size" | "type"
        ) {
            return Err(format!("unknown sort type: {clause:?}").into());
        }
        clauses.push((name, lower.starts_with('-')));
    }
    let mut sorted = addresses(arguments, 1)?.to_vec();
    sorted.sort_by(|one, two| {
        let orders = clauses.iter().map(|(name, descending)| match descending {
            true => compare(two, one, name),
            false => compare(one, two, name),
        });
        orders.fold(Ordering::Equal, Ordering::then)
    });
    Ok(list(sorted))
}

fn compare(one: &Address, two: &Address, by: &str) -> Ordering {
    let private = |address: &Address| !address::is_in_rfc("6890", address.ip);
    match by {
        "address" => one.ip.cmp(&two.ip),
        "default" => two.is_default.cmp(&one.is_default),
        "name" => one.name.cmp(&two.name),
        "private" => private(one).cmp(&private(two)),
        "size" => one.prefix.cmp(&two.prefix),
        "type" => one.ip.is_ipv6().cmp(&two.ip.is_ipv6()),
        _ => Ordering::Equal,
    }
}

/// `unique`: drops an address that is as the one before it.
pub(super) fn unique(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let name = arguments.str_lossy(0)?;
    let by = match name.to_lowercase().as_str() {
        "address" => "string",
        "name" => "name",
        _ => return Err(format!("unsupported unique constraint {name:?}").into()),
    };
    let mut kept: Vec<Address> = Vec::new();
    for address in addresses(arguments, 1)? {
        let last = kept.last().map(|last| last.attribute(by)).transpose()?;
        if last != Some(address.attribute(by)?) {
            kept.push(address.clone());
        }
    }
    Ok(list(kept))
}
