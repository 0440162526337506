//! `math`: addresses that are so far from others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{Address, last, network};
use super::{addresses, list};
use crate::function::{Arguments, FunctionError};
use crate::{Call, Value};

/// Applies an operation to every address.
///
/// # Errors
/// go-sockaddr's text for an operation it does not know, and for a number that is none.
pub(super) fn math(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let (operation, value) = (arguments.str_lossy(0)?, arguments.str_lossy(1)?);
    let results = addresses(arguments, 2)?.iter().map(|address| {
        let result = applied(&operation, &value, address);
        result.map_err(|error| format!("unable to perform an IPMath operation on {}: {error}", address.shown()))
    });
    Ok(list(results.collect::<Result<_, _>>()?))
}

fn applied(operation: &str, value: &str, address: &Address) -> Result<Address, String> {
    let changed = |ip: IpAddr| Address { ip, ..address.clone() };
    match operation.to_lowercase().as_str() {
        "address" => Ok(changed(moved(address.ip, distance(operation, value, address.ip)?))),
        "network" => {
            let by = distance(operation, value, address.ip)?;
            Ok(changed(within(address, by)))
        }
        "mask" => masked(operation, value, address),
        _ => Err(format!("unsupported math operation: {operation:?}")),
    }
}

/// A number with its sign, which must be there.
fn distance(operation: &str, value: &str, ip: IpAddr) -> Result<i64, String> {
    if !value.trim_ascii_start().starts_with(['+', '-']) {
        return Err(format!("sign (+/-) is required for operation {operation:?}"));
    }
    // Go reads the number of IPv4 into 33 bits.
    let limit = if ip.is_ipv4() { 1_i64 << 32 } else { i64::MAX };
    let number = value.parse::<i64>().map_err(|_| "invalid syntax");
    let number = number.and_then(|number| match number >= -limit && number < limit {
        true => Ok(number),
        false => Err("value out of range"),
    });
    number.map_err(|problem| {
        format!("unable to convert {value:?} to int for operation {operation:?}: strconv.ParseInt: parsing {value:?}: {problem}")
    })
}

/// So many addresses further; what leaves the family comes back at its other end.
fn moved(ip: IpAddr, by: i64) -> IpAddr {
    match ip {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Go's conversion wraps.
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits().wrapping_add(by as u32)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits().wrapping_add_signed(by.into())).into(),
    }
}

/// So many addresses from the start of the network, or from its end.
fn within(address: &Address, by: i64) -> IpAddr {
    let start = network(address.ip, address.prefix);
    let end = last(address.ip, address.prefix);
    match (start, end) {
        (IpAddr::V4(start), IpAddr::V4(end)) => {
            let hosts = end.to_bits() - start.to_bits();
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Masked to the hosts of the network.
            let by = if by >= 0 { by } else { 1 + by + i64::from(hosts) } as u32;
            Ipv4Addr::from_bits(start.to_bits() + (by & hosts)).into()
        }
        (IpAddr::V6(start), IpAddr::V6(end)) => {
            let hosts = end.to_bits() - start.to_bits();
            let part = |number: i64| u128::from(number.unsigned_abs()) & hosts;
            let bits = match by {
                1.. => start.to_bits().wrapping_add(part(by)),
                0 => start.to_bits(),
                _ => end.to_bits() - part(by.saturating_add(1)),
            };
            Ipv6Addr::from_bits(bits).into()
        }
        (start, _) => start,
    }
}

fn masked(operation: &str, value: &str, address: &Address) -> Result<Address, String> {
    let convert = |problem: &str| {
        format!(
            "unable to convert {value:?} to int for operation {operation:?}: strconv.ParseUint: parsing {value:?}: {problem}"
        )
    };
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(convert("invalid syntax"));
    }
    let bits = value.parse::<u32>().map_err(|_| convert("value out of range"))?;
    let (most, family, said) = match address.ip {
        IpAddr::V4(_) => (32, "ipv4", 32),
        IpAddr::V6(_) => (128, "ipv6", 64),
    };
    let bits = u8::try_from(bits).ok().filter(|bits| *bits <= most);
    let bits = bits.ok_or_else(|| {
        format!("parameter for operation {operation:?} on {family} addresses must be between 0 and {said}")
    })?;
    Ok(Address {
        ip: network(address.ip, bits),
        prefix: address.prefix.min(bits),
        ..address.clone()
    })
}
