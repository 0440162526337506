//! The tags of a Handlebars text, and what the crate makes of one.

use std::sync::LazyLock;

use ::handlebars::Template;
use ::handlebars::template::{HelperTemplate, Parameter, TemplateElement, TemplateMapping};

/// What a tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{{name}}`, `{{helper argument}}`, `{{{name}}}`, `{{&name}}`.
    Value,
    /// `{{> name}}`.
    Partial,
    /// `{{#name}}`, `{{#*inline}}`, `{{#> name}}`.
    Open,
    /// `{{else}}`, `{{else if}}`, `{{^}}`.
    Else,
    /// `{{/name}}`.
    Close,
    /// `{{! … }}`, `{{!-- … --}}`.
    Comment,
}

/// A tag and where it is.
pub(super) struct Tag<'t> {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// All of it.
    pub(super) source: &'t str,
    /// What it says, without braces, tildes and the space at its ends; the text of a comment as the crate keeps it.
    pub(super) inner: &'t str,
    /// `{{~`.
    pub(super) trims_before: bool,
    /// `~}}`.
    pub(super) trims_after: bool,
}

/// Text that no tag trims.
pub(super) const MARK: &str = "x";

/// The next tag from a byte on; an inner none for one that is not finished or left to the crate.
pub(super) fn next(text: &str, from: usize) -> Option<Option<Tag<'_>>> {
    let start = from + text[from..].find("{{")?;
    Some(tag(text, start))
}

fn tag(text: &str, start: usize) -> Option<Tag<'_>> {
    let rest = &text[start..];
    if let Some(comment) = rest.strip_prefix("{{!") {
        return comment_tag(text, start, comment);
    }
    let (closing, is_raw) = match rest.starts_with("{{{") {
        true => ("}}}", true),
        false => ("}}", false),
    };
    let size = size_of_tag(rest, closing)?;
    let source = &rest[..size];
    let inner = &source[closing.len()..size - closing.len()];
    if is_raw && inner.contains('~') {
        return None;
    }
    let (inner, trims_before) = without(inner, str::strip_prefix);
    let (inner, trims_after) = without(inner, str::strip_suffix);
    let inner = inner.trim_matches([' ', '\t', '\n', '\r']);
    Some(Tag {
        kind: if is_raw { Kind::Value } else { kind(inner)? },
        start,
        end: start + size,
        source,
        inner,
        trims_before,
        trims_after,
    })
}

/// Takes a tilde away at one end, if there is one.
fn without<'t>(inner: &'t str, strip: fn(&'t str, char) -> Option<&'t str>) -> (&'t str, bool) {
    strip(inner, '~').map_or((inner, false), |inner| (inner, true))
}

fn kind(inner: &str) -> Option<Kind> {
    Some(match inner.as_bytes().first()? {
        b'#' => Kind::Open,
        b'/' => Kind::Close,
        b'>' => Kind::Partial,
        b'^' => Kind::Else,
        // `{{~{name}~}}` and decorators.
        b'{' | b'*' | b'!' | b'~' => return None,
        _ => match inner.strip_prefix("else") {
            None => Kind::Value,
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => Kind::Else,
            // The crate takes `{{elsewhere}}` for an `else`.
            Some(_) => return None,
        },
    })
}

/// The size of a tag up to the closing braces, none of which is inside of a text. Brackets, in which texts are
/// something else, are left to the crate.
fn size_of_tag(rest: &str, closing: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut quote = None;
    let mut at = closing.len();
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => (),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (None, b'[' | b'{') => return None,
            (None, b'}') if rest[at..].starts_with(closing) => return Some(at + closing.len()),
            _ => (),
        }
        at += 1;
    }
    None
}

fn comment_tag<'t>(text: &'t str, start: usize, comment: &'t str) -> Option<Tag<'t>> {
    let is_long = comment.starts_with("--");
    if !is_long && comment.trim_start().starts_with("--") {
        return None;
    }
    let closing = if is_long { "--}}" } else { "}}" };
    let from = if is_long { "{{!--".len() } else { "{{!".len() };
    let size = from + text[start + from..].find(closing)? + closing.len();
    let source = &text[start..start + size];
    let opening = &source[..from];
    Some(Tag {
        kind: Kind::Comment,
        start,
        end: start + size,
        source,
        inner: source.trim_start_matches(opening).trim_end_matches(closing),
        trims_before: false,
        trims_after: false,
    })
}

/// What the crate makes of a tag, or of a block with marks instead of bodies.
pub(super) fn compiled(source: &str) -> Option<TemplateElement> {
    let template = Template::compile(source).ok()?;
    let mut tags = template
        .elements
        .into_iter()
        .filter(|element| !matches!(element, TemplateElement::RawString(_)));
    let element = tags.next()?;
    tags.next().is_none().then_some(element)
}

/// A template of one name. What the crate does not let others make is copied from it.
static NAME: LazyLock<Template> = LazyLock::new(|| Template::compile("{{name}}").unwrap_or_default());

/// A tag that is only a name.
pub(super) fn named(name: Parameter) -> Option<TemplateElement> {
    let mut element = NAME.elements.first()?.clone();
    if let TemplateElement::Expression(helper) = &mut element {
        helper.name = name;
    }
    Some(element)
}

/// The mark of a line and column.
pub(super) fn mapping((line, column): (usize, usize)) -> Option<TemplateMapping> {
    let mut mapping = NAME.mapping.first()?.clone();
    (mapping.0, mapping.1) = (line, column);
    Some(mapping)
}

/// Puts the bodies into a block in the order of the text; none if it has room for more or fewer.
pub(super) fn fill(element: &mut TemplateElement, bodies: Vec<Template>) -> Option<()> {
    let mut bodies = bodies.into_iter();
    match element {
        TemplateElement::HelperBlock(helper) => fill_helper(helper, &mut bodies)?,
        TemplateElement::DecoratorBlock(block) | TemplateElement::PartialBlock(block) => {
            block.template = Some(bodies.next()?);
        }
        _ => return None,
    }
    bodies.next().is_none().then_some(())
}

fn fill_helper(helper: &mut HelperTemplate, bodies: &mut std::vec::IntoIter<Template>) -> Option<()> {
    *helper.template.as_mut()? = bodies.next()?;
    let Some(inverse) = &mut helper.inverse else {
        return Some(());
    };
    match inverse.elements.first_mut() {
        Some(TemplateElement::HelperBlock(next)) => fill_helper(next, bodies),
        _ => {
            *inverse = bodies.next()?;
            Some(())
        }
    }
}
