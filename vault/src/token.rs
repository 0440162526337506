//! Client tokens.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// A client token, fit to be sent in a header.
#[derive(Clone)]
pub struct Token(SecretString);

/// A text that cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidToken {
    /// There is no text.
    #[error("the token is empty")]
    Empty,
    /// A line end in a token file is the usual cause.
    #[error("the token has a character at position {0} that cannot be sent; is there a line end in its file?")]
    Unprintable(usize),
}

impl Token {
    /// Takes `text` as a token.
    ///
    /// # Errors
    /// When the text is empty or has a character outside printable ASCII; positions count from 1.
    pub fn new(text: &str) -> Result<Token, InvalidToken> {
        if text.is_empty() {
            return Err(InvalidToken::Empty);
        }
        match text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            Some(index) => Err(InvalidToken::Unprintable(index + 1)),
            None => Ok(Token(SecretString::from(text.to_owned()))),
        }
    }

    /// The text, for the places that must have it: a header, a file, a child's environment.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// The token as a header value that is never printed.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::from_str(self.expose()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidToken, Token};

    #[test]
    fn takes_printable_text_only() {
        assert_eq!(Token::new("hvs.CAES-x_9").unwrap().expose(), "hvs.CAES-x_9");
        assert_eq!(Token::new("").unwrap_err(), InvalidToken::Empty);
        assert_eq!(Token::new("hvs.a\n").unwrap_err(), InvalidToken::Unprintable(6));
        assert_eq!(Token::new("hvs a").unwrap_err(), InvalidToken::Unprintable(4));
    }

    #[test]
    fn is_never_printed() {
        let token = Token::new("hvs.secret").unwrap();
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(format!("{:?}", token.header()), "Some(Sensitive)");
    }
}
