//! File modes, as text and as numbers.

use coffret_hcl::{Value, ValueKind};

/// A mode and, if the number written probably meant another one, why.
pub(super) struct Mode {
    pub(super) mode: u32,
    pub(super) doubt: Option<String>,
}

/// Bits of a mode that count. What makes programs run as somebody else is never set, as in the agents replaced.
const COUNTED: u32 = 0o777;

/// Text is octal. A number is what it is: `0640` in HCL is octal already, `640` and all of JSON is decimal.
pub(super) fn read(value: &Value) -> Option<Mode> {
    match &value.kind {
        ValueKind::String(text) if text.trim().is_empty() => Some(Mode { mode: 0, doubt: None }),
        ValueKind::String(text) => {
            let digits = text.trim().trim_start_matches("0o");
            let mode = u32::from_str_radix(digits, 8).ok().filter(|mode| *mode <= 0o7777)?;
            let doubt =
                (mode > COUNTED).then(|| format!("only the last three digits count, mode {:o}", mode & COUNTED));
            Some(Mode {
                mode: mode & COUNTED,
                doubt,
            })
        }
        ValueKind::Number(number) => {
            let mode = u32::try_from(number.as_i64()?).ok().filter(|mode| *mode <= 0o7777)?;
            let octal_was_meant = mode > COUNTED && !number.text.contains(['8', '9']) && !number.text.starts_with('0');
            let doubt = octal_was_meant.then(|| {
                format!(
                    "the decimal number {0} is mode {mode:o}; for mode {0} write \"0{0}\"",
                    number.text
                )
            });
            Some(Mode {
                mode: mode & COUNTED,
                doubt,
            })
        }
        _ => None,
    }
}
