//! Groups, their names and their flags.

use super::{Flags, Group, Parser, error};

/// Levels of groups. Go takes 1000; the matcher is built by recursion, which has to fit a small stack.
const MAX_NESTING: usize = 200;

impl<'e> Parser<'e> {
    pub(super) fn open(&mut self, text: &str) -> Result<(), Vec<u8>> {
        if self.groups.len() > MAX_NESTING {
            return Err(error("expression nests too deeply", self.whole));
        }
        self.out.push_str(text);
        let flags_before = self.flags;
        self.groups.push(Group {
            flags_before,
            ..Group::default()
        });
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Vec<u8>> {
        if self.groups.len() < 2 {
            return Err(error("unexpected )", self.whole));
        }
        if let Some(group) = self.groups.pop() {
            self.flags = group.flags_before;
            self.out.push(')');
            self.rest = &self.rest[1..];
            self.atom(group.weight.max(1));
        }
        Ok(())
    }

    /// `(?P<name>`, `(?<name>`, `(?flags)` or `(?flags:`.
    pub(super) fn flag_group(&mut self) -> Result<(), Vec<u8>> {
        let start = self.rest;
        let name_at = match start {
            [b'(', b'?', b'P', b'<', _, ..] => Some(4),
            [b'(', b'?', b'<', _, ..] => Some(3),
            _ => None,
        };
        match name_at {
            Some(at) => self.named_group(start, at),
            None => self.flags_group(start),
        }
    }

    fn named_group(&mut self, start: &'e [u8], name_at: usize) -> Result<(), Vec<u8>> {
        let Some(end) = start.iter().position(|byte| *byte == b'>') else {
            return Err(error("invalid named capture", start));
        };
        let name = &start[name_at..end];
        if name.is_empty() || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') {
            return Err(error("invalid named capture", &start[..=end]));
        }
        let name = String::from_utf8_lossy(name).into_owned();
        self.names.push(name);
        self.rest = &start[end + 1..];
        self.open("(")
    }

    fn flags_group(&mut self, start: &'e [u8]) -> Result<(), Vec<u8>> {
        self.rest = &start[2..];
        let mut flags = self.flags;
        let (mut on, mut seen) = (true, false);
        while !self.rest.is_empty() {
            match self.next_rune()? {
                'i' => flags.fold = on,
                'm' => flags.multi_line = on,
                's' => flags.dot_all = on,
                'U' => flags.swap_greed = on,
                '-' if on => {
                    on = false;
                    seen = false;
                    continue;
                }
                end @ (':' | ')') if on || seen => return self.apply_flags(flags, end == ':'),
                _ => break,
            }
            seen = true;
        }
        let bad = &start[..start.len() - self.rest.len()];
        Err(error("invalid or unsupported Perl syntax", bad))
    }

    fn apply_flags(&mut self, flags: Flags, opens: bool) -> Result<(), Vec<u8>> {
        let mut text = "(?".to_owned();
        let all = [
            (flags.fold, 'i'),
            (flags.multi_line, 'm'),
            (flags.dot_all, 's'),
            (flags.swap_greed, 'U'),
        ];
        text.extend(all.iter().filter(|(set, _)| *set).map(|(_, letter)| *letter));
        if all.iter().any(|(set, _)| !set) {
            text.push('-');
            text.extend(all.iter().filter(|(set, _)| !set).map(|(_, letter)| *letter));
        }
        match opens {
            true => {
                text.push(':');
                self.open(&text)?;
            }
            false => {
                text.push(')');
                self.out.push_str(&text);
            }
        }
        self.flags = flags;
        Ok(())
    }
}
