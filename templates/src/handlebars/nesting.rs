//! How deep a Handlebars text is nested, found without parsing it: the crate's parser and renderer recurse.

/// Blocks, parentheses and literals inside each other. Each `else if` of an open block counts as one more block.
const MOST: usize = 64;

/// Braces and tildes at the start of a tag: `{{{{~`.
const LONGEST_OPENING: usize = 5;

/// Where a text is nested too deeply: the line counted from 1, the byte of it from 0.
pub(super) fn too_deep(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut depth = Depth::default();
    let (mut line, mut start) = (1, 0);
    for (at, byte) in bytes.iter().enumerate() {
        depth.see(&bytes[at..]);
        if depth.blocks() > MOST || depth.inner > MOST {
            return Some((line, at - start));
        }
        if *byte == b'\n' {
            (line, start) = (line + 1, at + 1);
        }
    }
    None
}

#[derive(Default)]
struct Depth {
    /// The open blocks, each with how many blocks its `else` tags have opened inside of it.
    open: Vec<usize>,
    chained: usize,
    /// Parentheses, brackets and braces of the tag at hand.
    inner: usize,
    inside: bool,
}

impl Depth {
    fn blocks(&self) -> usize {
        self.open.len() + self.chained
    }

    fn see(&mut self, rest: &[u8]) {
        match rest.first() {
            Some(b'{') if rest.starts_with(b"{{") => {
                self.inside = true;
                self.inner = 0;
                self.tag(rest);
            }
            Some(b'}') if rest.starts_with(b"}}") => self.inside = false,
            Some(b'(' | b'[' | b'{') if self.inside => self.inner += 1,
            Some(b')' | b']' | b'}') if self.inside => self.inner = self.inner.saturating_sub(1),
            _ => {}
        }
    }

    fn tag(&mut self, rest: &[u8]) {
        let opening = rest.iter().take(LONGEST_OPENING);
        let size = opening.take_while(|byte| matches!(byte, b'{' | b'~')).count();
        match rest[size..].trim_ascii_start() {
            [b'#', ..] => self.open.push(0),
            [b'/', ..] => self.chained -= self.open.pop().unwrap_or(0),
            [b'^', ..] | [b'e', b'l', b's', b'e', ..] => {
                if let Some(chained) = self.open.last_mut() {
                    *chained += 1;
                    self.chained += 1;
                }
            }
            _ => {}
        }
    }
}
