//! Any bytes are a configuration or are refused with a reason; nothing panics, nothing runs away.
#![no_main]

use coffret_config::agent::{Severity, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| match parse("fuzz", bytes) {
    Ok(loaded) => assert!(
        loaded
            .warnings
            .iter()
            .all(|finding| finding.severity == Severity::Warning)
    ),
    Err(found) => assert!(found.iter().any(|finding| finding.severity == Severity::Error)),
});
