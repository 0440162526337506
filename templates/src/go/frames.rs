//! The stack of an execution: lists of statements that are being run, and loops.

use super::nodes::{Range, Statement};
use crate::value::{Kind, List, Sequence, Type, Value};

/// A value in a place: the dot, or a variable.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) value: Value,
    /// Whether the place has the type `interface {}` instead of the value's own, which one error text shows.
    pub(super) boxed: bool,
}

impl Slot {
    /// A value with its own type.
    pub(super) fn plain(value: Value) -> Slot {
        Slot { value, boxed: false }
    }

    /// A value out of a place of a static type.
    pub(super) fn taken_from(value: Value, place: Type) -> Slot {
        Slot {
            value: value.taken_from(place),
            boxed: place == Type::Any,
        }
    }
}

/// A list of statements that is being run.
pub(super) struct Frame<'t> {
    list: &'t [Statement],
    next: usize,
    pub(super) dot: Slot,
    /// Number of variables to go back to when the list ends.
    pub(super) mark: usize,
    pub(super) scope: Scope<'t>,
}

/// What a list belongs to.
pub(super) enum Scope<'t> {
    Root,
    /// A branch of `if`, `with` or a loop's `else`.
    Body,
    /// A called template, with the name and variables of its caller.
    Template {
        name: &'t [u8],
        base: usize,
    },
    Loop(Box<Loop<'t>>),
}

impl<'t> Frame<'t> {
    pub(super) fn new(list: &'t [Statement], dot: Slot, mark: usize, scope: Scope<'t>) -> Self {
        Frame {
            list,
            next: 0,
            dot,
            mark,
            scope,
        }
    }

    pub(super) fn next_statement(&mut self) -> Option<&'t Statement> {
        let statement = self.list.get(self.next)?;
        self.next += 1;
        Some(statement)
    }

    /// Skips the rest of the list.
    pub(super) fn finish_list(&mut self) {
        self.next = self.list.len();
    }

    /// Starts a list over again with another dot.
    pub(super) fn restart(&mut self, list: &'t [Statement], dot: Slot) {
        self.list = list;
        self.next = 0;
        self.dot = dot;
    }
}

/// A `range` that is being run.
pub(super) struct Loop<'t> {
    pub(super) range: &'t Range,
    /// Number of variables each round starts with.
    pub(super) mark: usize,
    items: Items,
    rounds: i64,
    stopped: bool,
    /// The dot around the loop, for its `else`, is the dot of the frame until the first round.
    started: bool,
}

/// What a loop goes over.
pub(super) enum Items {
    None,
    List(List),
    Pairs(std::vec::IntoIter<(Value, Value)>, Type, Type),
    Sequence(Sequence),
    Signed { like: Value, end: i64 },
    Unsigned { like: Value, end: u64 },
}

/// Why a value cannot be gone over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotIterable {
    Kind,
    TwoVariables,
}

impl NotIterable {
    /// The error text before and after the value.
    pub(super) fn around(self) -> (&'static str, &'static str) {
        match self {
            NotIterable::Kind => ("range can't iterate over ", ""),
            NotIterable::TwoVariables => ("can't use ", " to iterate over more than one variable"),
        }
    }
}

impl<'t> Loop<'t> {
    pub(super) fn new(range: &'t Range, items: Items, mark: usize) -> Self {
        Loop {
            range,
            mark,
            items,
            rounds: 0,
            stopped: false,
            started: false,
        }
    }

    /// What a loop over a value with a number of variables goes over.
    pub(super) fn over(value: &Value, variables: usize) -> Result<Items, NotIterable> {
        let plain = match value {
            Value::Object(object) => object.underlying(),
            _ => None,
        };
        match plain.as_ref().unwrap_or(value) {
            Value::Nil | Value::Null(Type::Any) => Ok(Items::None),
            Value::List(list) => Ok(Items::List(list.clone())),
            Value::Map(map) => Ok(Items::Pairs(map.entries().into_iter(), map.key(), map.element())),
            Value::Sequence(sequence) => Ok(Items::Sequence(sequence.clone())),
            Value::Int(..) | Value::Uint(..) if variables > 1 => Err(NotIterable::TwoVariables),
            Value::Int(_, end) => Ok(Items::Signed {
                like: value.clone(),
                end: *end,
            }),
            Value::Uint(_, end) => Ok(Items::Unsigned {
                like: value.clone(),
                end: *end,
            }),
            _ => Err(NotIterable::Kind),
        }
    }

    /// Ends the loop.
    pub(super) fn stop(&mut self) {
        self.stopped = true;
    }

    /// Whether the loop had nothing to go over.
    pub(super) fn is_empty(&self) -> bool {
        !self.started
    }

    /// Index and element of the next round.
    pub(super) fn next_round(&mut self) -> Option<(Slot, Slot)> {
        if self.stopped {
            return None;
        }
        let round = self.rounds;
        let pair = match &mut self.items {
            Items::None => None,
            Items::List(list) => {
                let item = usize::try_from(round).ok().and_then(|index| list.items().get(index));
                item.map(|item| {
                    (
                        Slot::plain(Value::int(round)),
                        Slot::taken_from(item.clone(), list.element()),
                    )
                })
            }
            Items::Pairs(pairs, key_type, element) => {
                let pair = pairs.next();
                pair.map(|(key, value)| (Slot::taken_from(key, *key_type), Slot::taken_from(value, *element)))
            }
            Items::Sequence(sequence) => sequence
                .receive()
                .map(|number| (Slot::plain(Value::int(round)), Slot::plain(Value::int64(number)))),
            Items::Signed { like, end } => {
                (round < *end).then(|| (Slot::plain(Value::Nil), Slot::plain(signed_like(like, round))))
            }
            Items::Unsigned { like, end } => {
                let number = u64::try_from(round).unwrap_or(u64::MAX);
                (number < *end).then(|| (Slot::plain(Value::Nil), Slot::plain(unsigned_like(like, number))))
            }
        };
        self.rounds += 1;
        self.started |= pair.is_some();
        pair
    }
}

fn signed_like(like: &Value, number: i64) -> Value {
    match like.kind() {
        Kind::Int(int) => Value::Int(int, number),
        _ => Value::int(number),
    }
}

fn unsigned_like(like: &Value, number: u64) -> Value {
    match like.kind() {
        Kind::Uint(uint) => Value::Uint(uint, number),
        _ => Value::uint64(number),
    }
}
