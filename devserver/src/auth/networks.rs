//! Networks and addresses as roles name them.

use crate::logical::Error;
use std::net::IpAddr;

/// Refuses texts that are no networks. `what` names them.
///
/// # Errors
/// The original's sentence about the first one.
pub fn check_cidrs(networks: &[String], what: &str) -> Result<(), String> {
    let fits = |text: &String| {
        text.split_once('/').is_some_and(|(address, bits)| {
            let longest = address
                .parse::<IpAddr>()
                .map(|address| if address.is_ipv4() { 32 } else { 128 });
            longest.is_ok_and(|longest| bits.parse::<u32>().is_ok_and(|bits| bits <= longest))
        })
    };
    match networks.iter().find(|text| !fits(text)) {
        None => Ok(()),
        Some(text) => Err(format!(
            "failed to validate {what} blocks: invalid CIDR address: {text}"
        )),
    }
}

/// Refuses texts that are neither an address nor a network.
///
/// # Errors
/// The original's sentence about the first one.
pub fn check_networks(networks: &[String]) -> Result<(), Error> {
    let fits = |text: &String| {
        let (address, bits) = text
            .split_once('/')
            .map_or((text.as_str(), None), |(address, bits)| (address, Some(bits)));
        address.parse::<IpAddr>().is_ok_and(|address| {
            let longest = if address.is_ipv4() { 32 } else { 128 };
            bits.is_none_or(|bits| bits.parse::<u32>().is_ok_and(|bits| bits <= longest))
        })
    };
    match networks.iter().find(|text| !fits(text)) {
        None => Ok(()),
        Some(text) => Err(Error::response(format!(
            "error parsing address {text:?}: Unable to convert {text:?} to an IPv4 or IPv6 address, or a UNIX Socket"
        ))),
    }
}
