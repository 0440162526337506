//! Names of signals.

use rustix::process::Signal;

/// The signal called `name`: `SIGTERM`, `TERM` or `15`.
#[must_use]
pub fn parse_signal(name: &str) -> Option<Signal> {
    let upper = name.trim().to_ascii_uppercase();
    Some(match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "HUP" | "1" => Signal::HUP,
        "INT" | "2" => Signal::INT,
        "QUIT" | "3" => Signal::QUIT,
        "KILL" | "9" => Signal::KILL,
        "USR1" | "10" => Signal::USR1,
        "USR2" | "12" => Signal::USR2,
        "TERM" | "15" => Signal::TERM,
        "CONT" | "18" => Signal::CONT,
        "STOP" | "19" => Signal::STOP,
        "WINCH" | "28" => Signal::WINCH,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_three_spellings() {
        assert_eq!(parse_signal("SIGHUP"), Some(Signal::HUP));
        assert_eq!(parse_signal("term"), Some(Signal::TERM));
        assert_eq!(parse_signal("10"), Some(Signal::USR1));
        assert_eq!(parse_signal("SIGNONE"), None);
    }
}
