//! Blocks: a key, labels and a body; in JSON the labels are nested keys.

use crate::{Key, Mistake, Object, Problem, Syntax, Value, ValueKind};

/// One block of a kind: its labels and its body.
#[derive(Clone, Debug)]
pub struct Block<'a> {
    /// The key that named its kind.
    pub key: &'a Key,
    /// Its labels, outermost first.
    pub labels: Vec<&'a Key>,
    /// What stands between its braces.
    pub body: &'a Object,
}

impl Block<'_> {
    /// The text of the label at `index`, from 0.
    #[must_use]
    pub fn label(&self, index: usize) -> Option<&str> {
        self.labels.get(index).map(|key| key.text.as_str())
    }
}

impl Object {
    /// All blocks of one kind, with at most `labels` labels each.
    ///
    /// In JSON, a block may also be a list of objects, and up to `labels` levels of nested keys are labels: an
    /// object all of whose members are objects (or lists of them) names labels, any other one is a body.
    ///
    /// # Errors
    /// When a value is no object, or a block has more labels than `labels`.
    pub fn blocks(&self, name: &str, labels: usize) -> Result<Vec<Block<'_>>, Mistake> {
        let mut found = Vec::new();
        for item in self.named(name) {
            let Some((key, given)) = item.keys.split_first() else {
                continue;
            };
            if given.len() > labels {
                return Err(Mistake::new(
                    key.span.start,
                    too_many_labels(&key.text, labels, given.len()),
                ));
            }
            let outer = Block {
                key,
                labels: given.iter().collect(),
                body: self,
            };
            expand(&outer, &item.value, labels, &mut found)?;
        }
        Ok(found)
    }

    /// Whether each member is an object or a list of objects, so that the keys can be labels.
    fn holds_only_objects(&self) -> bool {
        !self.items.is_empty() && self.items.iter().all(|item| is_object_or_objects(&item.value))
    }
}

fn is_object_or_objects(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Object(_) => true,
        ValueKind::List(values) => !values.is_empty() && values.iter().all(|value| value.as_object().is_some()),
        _ => false,
    }
}

fn too_many_labels(key: &str, labels: usize, found: usize) -> Problem {
    let wanted = match labels {
        0 => "no label".to_owned(),
        1 => "one label".to_owned(),
        more => format!("at most {more} labels"),
    };
    Problem::Labels {
        key: key.to_owned(),
        wanted,
        found,
    }
}

/// Adds the blocks that `value` stands for, below the labels already read into `outer`.
fn expand<'a>(outer: &Block<'a>, value: &'a Value, labels: usize, found: &mut Vec<Block<'a>>) -> Result<(), Mistake> {
    match &value.kind {
        ValueKind::List(values) if is_object_or_objects(value) => {
            values.iter().try_for_each(|value| expand(outer, value, labels, found))
        }
        // An empty list is no block, as in Vault's JSON form.
        ValueKind::List(values) if values.is_empty() => Ok(()),
        ValueKind::Object(body) => expand_object(outer, body, labels, found),
        other => {
            let problem = Problem::NotABlock {
                key: outer.key.text.clone(),
                found: other.name(),
            };
            Err(Mistake::new(value.span.start, problem))
        }
    }
}

fn expand_object<'a>(
    outer: &Block<'a>,
    body: &'a Object,
    labels: usize,
    found: &mut Vec<Block<'a>>,
) -> Result<(), Mistake> {
    if outer.labels.len() >= labels || body.syntax == Syntax::Hcl || !body.holds_only_objects() {
        found.push(Block { body, ..outer.clone() });
        return Ok(());
    }
    for item in &body.items {
        let mut inner = outer.clone();
        inner.labels.extend(&item.keys);
        expand(&inner, &item.value, labels, found)?;
    }
    Ok(())
}
