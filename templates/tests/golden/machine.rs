//! What a machine with one network says about itself, and what `sockaddr` makes of it.

use coffret_templates::{Options, Syntax, Template};
use serde_json::json;

use super::world::World;

const ROUTES: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
    eth0\t00000000\t0102010A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n\
    eth0\t0002010A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n\
    eth1\t00B00CC6\t00000000\t0001\t0\t0\t0\t00FCFFFF\t0\t0\t0\n";
const TRIE: &str = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 10.1.2.0\n        \
    /24 link UNICAST\n     |-- 10.1.2.3\n        /32 host LOCAL\n     |-- 10.1.2.255\n        /32 link BROADCAST\n     \
    |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 198.12.178.9\n        /32 host LOCAL\nLocal:\n     |-- 10.1.2.3\n        \
    /32 host LOCAL\n";
const SIX: &str = "00000000000000000000000000000001 01 80 10 80       lo\n\
    fe80000000000000004200fffe110203 02 40 20 80     eth0\n";

/// A file of the kernel.
pub(crate) fn kernel_file(path: &str) -> Result<String, String> {
    let text = match path {
        "/proc/net/route" => ROUTES,
        "/proc/net/fib_trie" => TRIE,
        "/proc/net/if_inet6" => SIX,
        "/sys/class/net/lo/flags" => "0x9\n",
        "/sys/class/net/lo/operstate" => "unknown\n",
        "/sys/class/net/eth0/flags" | "/sys/class/net/eth1/flags" => "0x1003\n",
        _ => return Err(format!("{path}: no such file")),
    };
    Ok(text.to_owned())
}

fn sockaddr(text: &str) -> Result<String, String> {
    let template = format!("{{{{ sockaddr `{text}` }}}}");
    let template = Template::parse(template, Syntax::Go, Options::default()).unwrap();
    let rendered = template.render(&mut World::new(&json!({}), &json!({})));
    let rendered = rendered.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&rendered.output.unwrap()).into_owned())
}

#[test]
fn addresses_are_found_by_what_they_are_for() {
    let cases = [
        ("GetPrivateIP", "10.1.2.3"),
        ("GetPrivateIPs", "10.1.2.3"),
        ("GetPublicIP", "198.12.178.9"),
        (r#"GetInterfaceIP "eth1""#, "198.12.178.9"),
        (r#"GetInterfaceIP "lo""#, ""),
        (r#"GetInterfaceIPs "lo""#, "127.0.0.1 ::1"),
        (r#"GetAllInterfaces | join "name" ",""#, "lo,lo,eth0,eth0,eth1"),
        (r#"GetAllInterfaces | unique "name" | join "name" ",""#, "lo,eth0,eth1"),
        (
            r#"GetDefaultInterfaces | include "type" "ipv4" | attr "string""#,
            "10.1.2.3/24",
        ),
        (
            r#"GetAllInterfaces | include "network" "198.12.176.0/20" | attr "network""#,
            "198.12.176.0",
        ),
        (
            r#"GetAllInterfaces | exclude "rfc" "6890" | join "address" " ""#,
            "198.12.178.9",
        ),
        (
            r#"GetAllInterfaces | include "flags" "loopback" | include "type" "ipv4" | join "address" " ""#,
            "127.0.0.1",
        ),
        (
            r#"GetAllInterfaces | exclude "name" "^lo$" | sort "-type,+address" | limit 1 | attr "type""#,
            "IPv6",
        ),
        (r#"GetAllInterfaces | offset -1 | attr "name""#, "eth1"),
        (
            r#"GetAllInterfaces | include "size" "22" | include "port" "^0$" | attr "name""#,
            "eth1",
        ),
        (r#"GetAllInterfaces | attr "flags""#, "up|loopback|running"),
        (r#""a""#, "a"),
    ];
    for (text, expected) in cases {
        assert_eq!(sockaddr(text).as_deref(), Ok(expected), "{text}");
    }
}

/// The expectations are go-sockaddr's, for the address 127.0.0.1/8.
#[test]
fn addresses_have_attributes_and_can_be_counted_on_from() {
    let attributes = [
        ("string", "127.0.0.1/8"),
        ("netmask", "255.0.0.0"),
        ("binary", "01111111000000000000000000000001"),
        ("hex", "7f000001"),
        ("octets", "127 0 0 1"),
        ("first_usable", "127.0.0.1"),
        ("last_usable", "127.255.255.254"),
        ("size", "16777216"),
        ("broadcast", "127.255.255.255"),
        ("uint32", "2130706433"),
    ];
    for (name, expected) in attributes {
        let text = format!(r#"GetAllInterfaces | limit 1 | attr "{name}""#);
        assert_eq!(sockaddr(&text).as_deref(), Ok(expected), "{text}");
    }
    let results = [
        ("address", "+1", "127.0.0.2/8"),
        ("address", "-300", "126.255.254.213/8"),
        ("address", "+16777217", "128.0.0.2/8"),
        ("network", "+1", "127.0.0.1/8"),
        ("network", "-1", "127.255.255.255/8"),
        ("network", "-300", "127.255.254.212/8"),
        ("network", "+16777217", "127.0.0.1/8"),
        ("mask", "4", "112.0.0.0/4"),
        ("mask", "24", "127.0.0.0/8"),
    ];
    for (operation, value, expected) in results {
        let text = format!(r#"GetAllInterfaces | limit 1 | math "{operation}" "{value}" | attr "string""#);
        assert_eq!(sockaddr(&text).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_is_wrong_is_told_as_go_sockaddr_tells_it() {
    let cases = [
        (
            "nope",
            r#"unable to parse template "{{ nope }}": template: sockaddr.Parse:1: function "nope" not defined"#,
        ),
        (
            "",
            r#"unable to parse template "{{  }}": template: sockaddr.Parse:1: missing value for command"#,
        ),
        (
            r#"GetAllInterfaces | include "type" "nope" | attr "address""#,
            r#"unable to execute sockaddr input "{{ GetAllInterfaces | include \"type\" \"nope\" | attr \"address\" }}": template: sockaddr.Parse:1:22: executing "sockaddr.Parse" at <include "type" "nope">: error calling include: unsupported type "nope" "nope""#,
        ),
        (
            r#"GetAllInterfaces | offset 9"#,
            "offset (9) exceeds the number of interfaces (5)",
        ),
        (
            r#"GetAllInterfaces | include "rfc" "7""#,
            r#"unable to lookup RFC number "7": unsupported RFC 7"#,
        ),
        (
            r#"GetAllInterfaces | include "name" "(""#,
            r#"Unable to compile name regexp "(": error parsing regexp: missing closing ): `(`"#,
        ),
        (
            r#"GetAllInterfaces | include "size" "x""#,
            r#"invalid exclude size argument ("x"): strconv.ParseUint: parsing "x": invalid syntax"#,
        ),
        (
            r#"GetAllInterfaces | math "address" "1""#,
            r#"sign (+/-) is required for operation "address""#,
        ),
        (r#"GetAllInterfaces | sort "colour""#, r#"unknown sort type: "colour""#),
    ];
    for (text, expected) in cases {
        let error = sockaddr(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
