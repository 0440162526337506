//! The structure of a Handlebars text: its tags, blocks and white space.
//!
//! The crate's own parser looks for the line of every tag from the start of the text, which takes a second for 64 KiB,
//! and spends most of the rest on plain names. Here the text is cut into tags; plain names are read at once, and every
//! other tag is given to the crate, a block with its bodies left out. What is rare is left to the crate as a whole: the
//! outcome is the same, mistakes included.

use ::handlebars::template::{Parameter, TemplateElement};
use ::handlebars::{Path, PathSeg, Template};

use super::tags::{self, Kind, Tag};

/// The template of a text; none if it is wrong or has something that is left to the crate.
pub(super) fn read(text: &str) -> Option<Template> {
    if text.contains("\\{{") || text.contains("{{{{") {
        return None;
    }
    let mut reader = Reader {
        text,
        at: 0,
        cursor: Cursor::default(),
        trims_white_space: false,
        trims_line: false,
        blocks: Vec::new(),
        template: Template::new(),
    };
    while let Some(tag) = tags::next(text, reader.at) {
        let tag = tag?;
        reader.text_before(tag.start);
        reader.tag(&tag)?;
        reader.at = tag.end;
    }
    reader.text_before(text.len());
    reader.blocks.is_empty().then_some(reader.template)
}

/// A place in the text whose line is known; it only moves on.
#[derive(Default)]
struct Cursor {
    at: usize,
    line: usize,
    column: usize,
}

impl Cursor {
    /// The line and column of a byte, both counted from 1.
    fn place(&mut self, text: &str, at: usize) -> (usize, usize) {
        let passed = &text[self.at..at];
        match passed.rfind('\n') {
            Some(last) => {
                self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
                self.column = passed[last + 1..].chars().count();
            }
            None => self.column += passed.chars().count(),
        }
        self.at = at;
        (self.line + 1, self.column + 1)
    }
}

struct Reader<'t> {
    text: &'t str,
    /// The end of the last tag.
    at: usize,
    cursor: Cursor,
    /// Whether the last tag takes the white space after it away (`~}}`).
    trims_white_space: bool,
    /// Whether the last tag stands on a line of its own, which goes with it.
    trims_line: bool,
    /// The blocks that are open.
    blocks: Vec<Block>,
    /// What is being filled: the text itself, or the body of the innermost block.
    template: Template,
}

/// An open block.
struct Block {
    /// Its tags with marks for the bodies between, as the crate reads it.
    skeleton: String,
    /// Its bodies but the last.
    bodies: Vec<Template>,
    /// What is around it.
    outer: Template,
}

const BLANK: [char; 2] = [' ', '\t'];
const BREAKS: [char; 2] = ['\n', '\r'];

/// What the crate's grammar skips between tags.
const SKIPPED: [char; 4] = [' ', '\t', '\n', '\r'];

impl Reader<'_> {
    fn push(&mut self, element: TemplateElement, place: (usize, usize)) {
        self.template.elements.push(element);
        self.template.mapping.extend(tags::mapping(place));
    }

    fn text_before(&mut self, end: usize) {
        let text = &self.text[self.at..end];
        let shown = text.trim_start_matches(SKIPPED);
        let is_blank = self.at > 0 && shown.is_empty();
        if text.is_empty() || (is_blank && self.trims_white_space) {
            return;
        }
        let start = if self.at == 0 { 0 } else { end - shown.len() };
        let place = self.cursor.place(self.text, start);
        let text = if self.trims_white_space {
            text.trim_start()
        } else if self.trims_line {
            let text = text.trim_start_matches(BLANK);
            text.strip_prefix("\r\n").or(text.strip_prefix('\n')).unwrap_or(text)
        } else {
            text
        };
        self.push(TemplateElement::RawString(text.to_owned()), place);
        self.trims_line = false;
    }

    fn tag(&mut self, tag: &Tag<'_>) -> Option<()> {
        if tag.kind == Kind::Comment {
            let place = self.cursor.place(self.text, tag.start);
            self.trims_line = self.stands_alone(tag);
            self.push(TemplateElement::Comment(tag.inner.to_owned()), place);
            return Some(());
        }
        if tag.trims_before {
            self.trim_last_text(char::is_whitespace);
        }
        self.trims_white_space = tag.trims_after;
        match tag.kind {
            Kind::Value => {
                let place = self.cursor.place(self.text, tag.start);
                let named = (!tag.source.starts_with("{{{")).then(|| plain(tag.inner)).flatten();
                let element = named.or_else(|| tags::compiled(tag.source))?;
                self.push(element, place);
            }
            Kind::Partial => {
                let place = self.cursor.place(self.text, tag.start);
                let skeleton = self.in_line(tag);
                self.trims_line = self.stands_alone(tag);
                self.push(tags::compiled(&skeleton)?, place);
            }
            Kind::Open => self.open(tag),
            Kind::Else => self.next_body(tag)?,
            Kind::Close => self.close(tag)?,
            Kind::Comment => (),
        }
        Some(())
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let place = self.cursor.place(self.text, tag.start);
        let skeleton = self.in_line(tag);
        self.trims_line = self.stands_alone(tag);
        self.template.mapping.extend(tags::mapping(place));
        let outer = std::mem::take(&mut self.template);
        self.blocks.push(Block {
            skeleton,
            bodies: Vec::new(),
            outer,
        });
    }

    fn next_body(&mut self, tag: &Tag<'_>) -> Option<()> {
        let line = self.in_line(tag);
        self.trims_line = self.stands_alone(tag);
        let body = std::mem::take(&mut self.template);
        let block = self.blocks.last_mut()?;
        block.bodies.push(body);
        block.skeleton.push_str(&line);
        Some(())
    }

    fn close(&mut self, tag: &Tag<'_>) -> Option<()> {
        self.next_body(tag)?;
        let block = self.blocks.pop()?;
        let mut element = tags::compiled(&block.skeleton)?;
        tags::fill(&mut element, block.bodies)?;
        self.template = block.outer;
        self.template.elements.push(element);
        Some(())
    }

    /// Whether there is nothing but blanks before the tag on its line, and after it.
    fn surroundings(&self, tag: &Tag<'_>) -> (bool, bool) {
        let before = self.text[..tag.start].trim_end_matches(BLANK);
        let after = &self.text[tag.end..];
        (
            before.is_empty() || before.ends_with(BREAKS),
            after.is_empty() || after.trim_start_matches(BLANK).starts_with(BREAKS),
        )
    }

    /// Whether the tag has a line of its own; blanks before it go then.
    fn stands_alone(&mut self, tag: &Tag<'_>) -> bool {
        let alone = self.surroundings(tag) == (true, true);
        if alone {
            self.trim_last_text(|letter| BLANK.contains(&letter));
        }
        alone
    }

    fn trim_last_text(&mut self, trimmed: impl Fn(char) -> bool) {
        if let Some(TemplateElement::RawString(text)) = self.template.elements.last_mut() {
            text.truncate(text.trim_end_matches(trimmed).len());
        }
    }

    /// The tag between marks that make it stand alone in its line exactly if it does so in the text.
    fn in_line(&self, tag: &Tag<'_>) -> String {
        let (first, last) = self.surroundings(tag);
        let head = &self.text[..tag.start];
        let indent = &head[head.trim_end_matches(BLANK).len()..];
        let mark = |alone| if alone { "\n" } else { tags::MARK };
        [mark(first), indent, tag.source, mark(last), tags::MARK].concat()
    }
}

/// The element of a tag that is a name, or names with dots between.
fn plain(inner: &str) -> Option<TemplateElement> {
    let is_plain = |name: &str| {
        let mut bytes = name.bytes();
        !name.is_empty() && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    };
    if !inner.split('.').all(is_plain) {
        return None;
    }
    let names = inner.split('.').filter(|name| *name != "this");
    let names = names.map(|name| PathSeg::Named(name.to_owned())).collect();
    let path = Path::Relative((names, inner.to_owned()));
    tags::named(Parameter::Path(path))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What is read here is what the crate reads.
    fn assert_same(text: &str) {
        if let Some(template) = read(text) {
            assert_eq!(Some(template), Template::compile(text).ok(), "{text:?}");
        }
    }

    #[test]
    fn usual_texts_are_read_here() {
        for text in [
            "",
            " \n",
            "a {{b}} c",
            "x: {{data.data.user-name}}\n  y: {{ this }}{{{raw}}}{{&amp}}\n",
            "{{#if a}}\n  b\n{{else if c}}\n  d\n{{else}}\n  e\n{{/if}}\nf",
            "  {{#each (loop 3) as |v k|}} {{@index}}={{k}} {{~/each~}}  \n z",
            "{{!-- long }} --}}\n{{! short }}\na",
            "a\n  {{> part x=1}}\n{{#*inline \"part\"}}\n<{{x}}>\n{{/inline}}",
            "{{#> layout}}fall {{back}}{{/layout}}\r\n",
            "{{#with (secret \"kv/x\")}}{{printf \"%q }}\" (toUpper data.x)}}{{^}}none{{/with}}",
        ] {
            assert!(read(text).is_some(), "{text:?}");
            assert_same(text);
        }
    }

    #[test]
    fn what_is_wrong_or_rare_is_left_to_the_crate() {
        for text in [
            "{{",
            "{{a",
            "{{#a}}",
            "{{/a}}",
            "{{else}}",
            "{{#a}}{{/b}}",
            "\\{{a}}",
            "{{[a]}}",
            "{{{{raw}}}}",
        ] {
            assert!(read(text).is_none(), "{text:?}");
        }
    }

    fn piece() -> impl Strategy<Value = String> {
        const KNOWN: &[&str] = &[
            "{{a}}",
            "{{a.b}}",
            "{{~a}}",
            "{{a~}}",
            "{{ this.x }}",
            "{{../a}}",
            "{{@key}}",
            "{{{a}}}",
            "{{&a}}",
            "{{0}}",
            "{{f \"}}\" 'b' c=1}}",
            "{{f (g 1) null}}",
            "{{#if a}}",
            "{{#if a~}}",
            "{{~#if a}}",
            "{{/if}}",
            "{{~/if~}}",
            "{{else}}",
            "{{~else~}}",
            "{{else if b}}",
            "{{^}}",
            "{{^if b}}",
            "{{#each a as |x y|}}",
            "{{/each}}",
            "{{> p}}",
            "{{~> p a=b~}}",
            "{{#*inline \"p\"}}",
            "{{/inline}}",
            "{{#> p}}",
            "{{/p}}",
            "{{! c }}",
            "{{!-- c }} --}}",
            "{{!}}",
            "{{elsewhere}}",
            "{{~{a}~}}",
            "{{* d}}",
            "{{true}}",
            "{{as}}",
            "{{a.}}",
            "{{ }}",
            "{{",
            "}}",
            " ",
            "  ",
            "\n",
            "\r\n",
            "\t",
            "x",
            "y\n",
            "{",
            "}",
            "\\",
            "\u{a0}",
            "\u{e9}",
            "\u{2028}",
            "\u{c}",
        ];
        prop::sample::select(KNOWN).prop_map(str::to_owned)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn any_pieces_are_read_as_the_crate_reads_them(pieces in prop::collection::vec(piece(), 0..12)) {
            assert_same(&pieces.concat());
        }

        #[test]
        fn any_pieces_in_a_block_are_read_as_the_crate_reads_them(
            before in prop::collection::vec(piece(), 0..3),
            inner in prop::collection::vec(piece(), 0..5),
            other in prop::collection::vec(piece(), 0..5),
            after in prop::collection::vec(piece(), 0..3),
            middle in prop::sample::select(vec!["", "{{else}}", "  {{else if x}}\n", "{{~else}}"]),
        ) {
            let text = [&before.concat(), "{{#if a}}", &inner.concat(), middle, &other.concat(), "{{/if}}", &after.concat()];
            assert_same(&text.concat());
        }
    }
}
