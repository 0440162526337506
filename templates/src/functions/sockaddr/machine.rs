//! The addresses of a Linux machine, from what the kernel tells in `/proc` and `/sys`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{Address, RUNNING, UP, contains, network};
use crate::source::Source;

/// All addresses, those of the loopback interface first, then by name.
///
/// # Errors
/// When the kernel's files cannot be read.
pub(super) fn addresses(source: &mut dyn Source) -> Result<Vec<Address>, String> {
    let unable = |error: String| format!("unable to query interface addresses: {error}");
    let routes = source.kernel_file("/proc/net/route").map_err(unable)?;
    let local = source.kernel_file("/proc/net/fib_trie").map_err(unable)?;
    // A machine without IPv6 has no such file.
    let six = source.kernel_file("/proc/net/if_inet6").unwrap_or_default();
    let routes: Vec<Route> = routes.lines().filter_map(Route::parse).collect();
    let default = routes
        .iter()
        .find(|route| route.prefix == 0)
        .map(|route| route.name.clone());
    let four = local_addresses(&local)
        .into_iter()
        .map(|ip| of_four(ip, &routes, default.as_deref()));
    let mut all: Vec<Address> = four.chain(six.lines().filter_map(of_six)).collect();
    for address in &mut all {
        address.flags = flags(source, &address.name);
        address.is_default = Some(&address.name) == default.as_ref();
    }
    all.sort_by_key(|address| (address.name != "lo", address.name.clone(), address.ip.is_ipv6()));
    Ok(all)
}

/// The flags of an interface. The kernel's file of them lacks the one that tells whether it runs.
fn flags(source: &mut dyn Source, name: &str) -> u32 {
    let file = source.kernel_file(&format!("/sys/class/net/{name}/flags"));
    let digits = file.as_deref().unwrap_or_default().trim().strip_prefix("0x");
    let flags = digits
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .unwrap_or(0);
    let state = source.kernel_file(&format!("/sys/class/net/{name}/operstate"));
    let operates = matches!(state.as_deref().map(str::trim), Ok("up" | "unknown"));
    if flags & UP != 0 && operates {
        flags | RUNNING
    } else {
        flags
    }
}

/// A line of the routing table.
struct Route {
    name: String,
    network: IpAddr,
    prefix: u8,
    is_direct: bool,
}

impl Route {
    fn parse(line: &str) -> Option<Route> {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let number = |index: usize| u32::from_str_radix(fields.get(index)?, 16).ok().map(u32::swap_bytes);
        let (start, gateway, mask) = (number(1)?, number(2)?, number(7)?);
        Some(Route {
            name: (*fields.first()?).to_owned(),
            network: Ipv4Addr::from_bits(start).into(),
            prefix: u8::try_from(mask.count_ones()).ok()?,
            is_direct: gateway == 0,
        })
    }
}

/// The machine's own addresses: leaves of the trie that are local hosts.
fn local_addresses(trie: &str) -> Vec<Ipv4Addr> {
    let mut found = Vec::new();
    let mut leaf = None;
    for line in trie.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            leaf = address.parse().ok();
        } else if line == "/32 host LOCAL"
            && let Some(address) = leaf
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// The network of an address is the smallest one that is reached directly and holds it.
fn of_four(ip: Ipv4Addr, routes: &[Route], default: Option<&str>) -> Address {
    let ip_address = IpAddr::from(ip);
    let direct = routes.iter().filter(|route| route.is_direct && route.prefix > 0);
    let route = direct
        .filter(|route| contains((network(route.network, route.prefix), route.prefix), ip_address))
        .max_by_key(|route| route.prefix);
    let (name, prefix) = match route {
        _ if ip.is_loopback() => ("lo", 8),
        Some(route) => (route.name.as_str(), route.prefix),
        None => (default.unwrap_or_default(), 32),
    };
    Address {
        name: name.to_owned(),
        flags: 0,
        ip: ip_address,
        prefix,
        is_default: false,
    }
}

/// A line of `if_inet6`: address, index, bits of the network, scope, flags, name.
fn of_six(line: &str) -> Option<Address> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    Some(Address {
        name: (*fields.get(5)?).to_owned(),
        flags: 0,
        ip: Ipv6Addr::from_bits(u128::from_str_radix(fields.first()?, 16).ok()?).into(),
        prefix: u8::from_str_radix(fields.get(2)?, 16).ok()?,
        is_default: false,
    })
}
