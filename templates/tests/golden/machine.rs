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
            "198.12.176.0/22",
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
        (r#""a""#, "a"),
    ];
    for (text, expected) in cases {
        assert_eq!(sockaddr(text).as_deref(), Ok(expected), "{text}");
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
        (r#"GetAllInterfaces | sort "colour""#, r#"unknown sort type: "colour""#),
    ];
    for (text, expected) in cases {
        let error = sockaddr(text).unwrap_err();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
