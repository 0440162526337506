//! Networks, as roles name those whose addresses they allow.

use std::net::IpAddr;

/// A network: its lowest address and the bits that all its addresses have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

/// An address as a number of 128 bits, IPv4 at the upper end, and how many bits it has.
fn number(address: IpAddr) -> (u128, u32) {
    match address {
        IpAddr::V4(address) => (u128::from(address.to_bits()) << 96, 32),
        IpAddr::V6(address) => (address.to_bits(), 128),
    }
}

fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

impl Network {
    /// Reads `ADDRESS/BITS`; what the address has beyond the bits is dropped.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/')?;
        let (address, bits) = (address.parse::<IpAddr>().ok()?, bits.parse::<u32>().ok()?);
        let (value, longest) = number(address);
        if bits > longest {
            return None;
        }
        let value = value & mask(bits);
        let address = match address {
            IpAddr::V4(_) => IpAddr::V4(u32::try_from(value >> 96).ok()?.into()),
            IpAddr::V6(_) => IpAddr::V6(value.into()),
        };
        Some(Self { address, bits })
    }

    /// Whether an address is one of the network's.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        let ((own, longest), (other, length)) = (number(self.address), number(address.to_canonical()));
        longest == length && own == other & mask(self.bits)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks_hold_their_addresses_only() {
        for (network, shown, address, inside) in [
            ("10.1.2.3/8", "10.0.0.0/8", "10.9.9.9", true),
            ("10.0.0.0/8", "10.0.0.0/8", "11.0.0.0", false),
            ("0.0.0.0/0", "0.0.0.0/0", "1.2.3.4", true),
            ("0.0.0.0/0", "0.0.0.0/0", "::1", false),
            ("::1/128", "::1/128", "::1", true),
            ("fd00::1/8", "fd00::/8", "fdff::", true),
        ] {
            let read = Network::parse(network).unwrap();
            assert_eq!(read.to_string(), shown);
            assert_eq!(read.contains(address.parse().unwrap()), inside, "{network} {address}");
        }
        for wrong in ["x", "10.0.0.0", "10.0.0.0/33", "::/129", "/8"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
