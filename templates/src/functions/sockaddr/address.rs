//! One address of one interface.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(super) const UP: u32 = 0x1;
pub(super) const RUNNING: u32 = 0x40;
/// Flags of an interface as Linux numbers them, with Go's names in Go's order.
pub(super) const FLAGS: [(u32, &str); 6] = [
    (UP, "up"),
    (0x2, "broadcast"),
    (0x8, "loopback"),
    (0x10, "pointtopoint"),
    (0x1000, "multicast"),
    (RUNNING, "running"),
];

/// An address with its network and its interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) name: String,
    pub(super) flags: u32,
    pub(super) ip: IpAddr,
    /// Bits of the network.
    pub(super) prefix: u8,
    /// Whether the default route leaves through the interface.
    pub(super) is_default: bool,
}

impl Address {
    pub(super) fn is_up(&self) -> bool {
        self.flags & UP != 0
    }

    /// An attribute by its name in lower case.
    ///
    /// # Errors
    /// A text for a name that is not known, or not for this family.
    pub(super) fn attribute(&self, name: &str) -> Result<String, String> {
        Ok(match name {
            "name" => self.name.clone(),
            "flags" => {
                let set = FLAGS.iter().filter(|(bit, _)| self.flags & bit != 0);
                set.map(|(_, name)| *name).collect::<Vec<_>>().join("|")
            }
            "address" | "host" => self.ip.to_string(),
            "string" => self.with_prefix(self.ip),
            "network" => network(self.ip, self.prefix).to_string(),
            "netmask" => mask(self.ip, self.prefix).to_string(),
            "mask_bits" => self.prefix.to_string(),
            "port" => "0".to_owned(),
            "type" => if self.ip.is_ipv4() { "IPv4" } else { "IPv6" }.to_owned(),
            "binary" => match self.ip {
                IpAddr::V4(ip) => format!("{:032b}", ip.to_bits()),
                IpAddr::V6(ip) => format!("{:0128b}", ip.to_bits()),
            },
            "hex" => match self.ip {
                IpAddr::V4(ip) => format!("{:08x}", ip.to_bits()),
                IpAddr::V6(ip) => format!("{:032x}", ip.to_bits()),
            },
            "octets" => {
                let octets = match self.ip {
                    IpAddr::V4(ip) => ip.octets().to_vec(),
                    IpAddr::V6(ip) => ip.octets().to_vec(),
                };
                octets.iter().map(u8::to_string).collect::<Vec<_>>().join(" ")
            }
            "first_usable" => self.usable(network(self.ip, self.prefix), 1).to_string(),
            "last_usable" => self.usable(last(self.ip, self.prefix), u32::MAX).to_string(),
            _ => return self.number(name),
        })
    }

    /// An attribute that is a number, and one that only one family has.
    fn number(&self, name: &str) -> Result<String, String> {
        let free = bits(self.ip) - u32::from(self.prefix);
        Ok(match (name, self.ip) {
            // 2 to the power of 128 does not fit.
            ("size", _) if free == 128 => "340282366920938463463374607431768211456".to_owned(),
            ("size", _) => (1_u128 << free).to_string(),
            ("broadcast", IpAddr::V4(_)) => last(self.ip, self.prefix).to_string(),
            ("uint32", IpAddr::V4(ip)) => ip.to_bits().to_string(),
            ("uint128", IpAddr::V6(ip)) => ip.to_bits().to_string(),
            _ => return Err(format!("unsupported attribute name {name:?}")),
        })
    }

    /// An end of the network, without the IPv4 address that nobody can have there.
    fn usable(&self, end: IpAddr, step: u32) -> IpAddr {
        match end {
            IpAddr::V4(ip) if self.prefix < 31 => Ipv4Addr::from_bits(ip.to_bits().wrapping_add(step)).into(),
            end => end,
        }
    }

    /// How an error names it.
    pub(super) fn shown(&self) -> String {
        format!("{} {}", self.with_prefix(self.ip), self.name)
    }

    fn with_prefix(&self, ip: IpAddr) -> String {
        match u32::from(self.prefix) == bits(ip) {
            true => ip.to_string(),
            false => format!("{ip}/{}", self.prefix),
        }
    }
}

fn bits(ip: IpAddr) -> u32 {
    if ip.is_ipv4() { 32 } else { 128 }
}

/// The first address of the network that an address is in.
pub(super) fn network(ip: IpAddr, prefix: u8) -> IpAddr {
    let dropped = bits(ip).saturating_sub(u32::from(prefix));
    match ip {
        IpAddr::V4(ip) => Ipv4Addr::from_bits(ip.to_bits() & u32::MAX.checked_shl(dropped).unwrap_or(0)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & u128::MAX.checked_shl(dropped).unwrap_or(0)).into(),
    }
}

/// The mask of a network of so many bits.
fn mask(family: IpAddr, prefix: u8) -> IpAddr {
    let all: IpAddr = match family {
        IpAddr::V4(_) => Ipv4Addr::BROADCAST.into(),
        IpAddr::V6(_) => Ipv6Addr::from_bits(u128::MAX).into(),
    };
    network(all, prefix)
}

/// The last address of the network that an address is in.
pub(super) fn last(ip: IpAddr, prefix: u8) -> IpAddr {
    match (ip, mask(ip, prefix)) {
        (IpAddr::V4(ip), IpAddr::V4(mask)) => Ipv4Addr::from_bits(ip.to_bits() | !mask.to_bits()).into(),
        (IpAddr::V6(ip), IpAddr::V6(mask)) => Ipv6Addr::from_bits(ip.to_bits() | !mask.to_bits()).into(),
        (ip, _) => ip,
    }
}

/// A network as `address/bits`; without bits it is one address.
pub(super) fn parse_network(text: &str) -> Option<(IpAddr, u8)> {
    let (ip, prefix) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
    let ip: IpAddr = ip.parse().ok()?;
    let prefix = match prefix {
        Some(prefix) => prefix.parse().ok()?,
        None => u8::try_from(bits(ip)).ok()?,
    };
    (u32::from(prefix) <= bits(ip)).then(|| (network(ip, prefix), prefix))
}

pub(super) fn contains((start, prefix): (IpAddr, u8), ip: IpAddr) -> bool {
    start.is_ipv4() == ip.is_ipv4() && network(ip, prefix) == start
}

/// Networks by RFC; the last entry is go-sockaddr's own list of what is not forwarded.
const RFCS: [(&str, &[&str]); 4] = [
    ("1918", &["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]),
    ("4193", &["fc00::/7"]),
    (
        "6890",
        &[
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "::1/128",
            "::/128",
            "64:ff9b::/96",
            "::ffff:0:0/96",
            "100::/64",
            "2001::/16",
            "2002::/16",
            "fc00::/7",
            "fe80::/10",
        ],
    ),
    (
        "4294967295",
        &[
            "0.0.0.0/8",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "::1/128",
            "::/128",
            "::ffff:0:0/96",
            "2001::/23",
            "2001:db8::/32",
            "2001:10::/28",
            "fe80::/10",
        ],
    ),
];

/// Whether an RFC is known here.
pub(super) fn is_known_rfc(number: &str) -> bool {
    RFCS.iter().any(|(known, _)| *known == number)
}

/// Whether an address is in one of the networks of an RFC.
pub(super) fn is_in_rfc(number: &str, ip: IpAddr) -> bool {
    let networks = RFCS.iter().find(|(known, _)| *known == number);
    let networks = networks.map_or(&[][..], |(_, networks)| networks);
    networks
        .iter()
        .filter_map(|text| parse_network(text))
        .any(|network| contains(network, ip))
}
