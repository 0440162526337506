//! sprig's `wrap`: all widths are bytes, words end at spaces.

use crate::Call;
use crate::function::FunctionError;

/// Breaks a text into lines of at most a width; a longer word is broken only if asked for.
pub(super) fn wrap(
    call: &mut Call<'_>,
    text: &[u8],
    width: i64,
    line_end: &[u8],
    break_words: bool,
) -> Result<Vec<u8>, FunctionError> {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    call.reserve(
        (text.len() / width + 1)
            .saturating_mul(line_end.len())
            .saturating_add(text.len()),
    )?;
    let mut wrapped = Vec::new();
    let mut rest = text;
    while rest.len() > width {
        if rest[0] == b' ' {
            rest = &rest[1..];
            continue;
        }
        let space = match rest[..=width].iter().rposition(|byte| *byte == b' ') {
            Some(space) => Some(space),
            None if break_words => None,
            None => match rest[width..].iter().position(|byte| *byte == b' ') {
                Some(space) => Some(width + space),
                None => break,
            },
        };
        let (line, next) = match space {
            Some(space) => (space, space + 1),
            None => (width, width),
        };
        wrapped.extend_from_slice(&rest[..line]);
        wrapped.extend_from_slice(line_end);
        rest = &rest[next..];
    }
    wrapped.extend_from_slice(rest);
    Ok(wrapped)
}
