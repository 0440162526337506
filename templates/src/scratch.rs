//! `scratch`: a store that lives as long as one pass.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::call::Call;
use crate::fmt::quote;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{ANY_LIST, IntType, List, Map, Named, Object, Text, Type, UintType, Value};

/// The store.
#[derive(Default)]
pub(crate) struct Scratch(Mutex<BTreeMap<Text, Value>>);

static SCRATCH: Named = Named {
    name: "template.Scratch",
    is_struct: true,
    fields: &[],
    methods: &[
        Function::new("Get", &[Type::String], Type::Any, get),
        Function::new("Key", &[Type::String], Type::Bool, key),
        Function::new(
            "MapSet",
            &[Type::String, Type::String, Type::Any],
            Type::String,
            map_set,
        ),
        Function::new(
            "MapSetX",
            &[Type::String, Type::String, Type::Any],
            Type::String,
            map_set_if_absent,
        ),
        Function::new("MapValues", &[Type::String], ANY_LIST, map_values),
        Function::new("Set", &[Type::String, Type::Any], Type::String, set),
        Function::new("SetX", &[Type::String, Type::Any], Type::String, set_if_absent),
    ],
};

/// The method of that name.
pub(crate) fn method(name: &str) -> Option<&'static Function> {
    SCRATCH.method(name)
}

impl Scratch {
    /// An empty store as a template value.
    pub(crate) fn value() -> Value {
        Value::object(Scratch::default())
    }

    /// Forgets everything, so that a store which contains itself is not leaked.
    pub(crate) fn clear(&self) {
        let entries = std::mem::take(&mut *self.entries());
        drop(entries);
    }

    fn entries(&self) -> MutexGuard<'_, BTreeMap<Text, Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, key: &Text) -> Option<Value> {
        self.entries().get(key).cloned()
    }

    fn set(&self, key: &Text, value: &Value) {
        let before = self.entries().insert(key.clone(), value.clone());
        drop(before);
    }

    /// The map at a key, made if there is none.
    fn map(&self, key: &Text) -> Result<Map, FunctionError> {
        match self.get(key) {
            Some(Value::Map(map)) if map.key() == Type::String && map.element() == Type::Any => Ok(map),
            Some(_) => Err([&quote::quoted(key.as_bytes())[..], b" is not a map"].concat().into()),
            None => {
                let map = Map::any::<Text>([]);
                self.set(key, &Value::Map(map.clone()));
                Ok(map)
            }
        }
    }
}

impl Object for Scratch {
    fn named(&self) -> &'static Named {
        &SCRATCH
    }

    fn is_pointer(&self) -> bool {
        true
    }

    fn hidden_fields(&self) -> Vec<(&'static str, Value)> {
        let entries = self.entries().clone();
        let values = match entries.is_empty() {
            true => Map::nil(Type::String, Type::Any),
            false => Map::any(entries),
        };
        let unsigned = || Value::Uint(UintType::Uint32, 0);
        let counter = || Hidden::value(&INT32, vec![("_", empty(&ATOMIC_NO_COPY)), ("v", signed())]);
        let done = Hidden::value(&BOOL, vec![("_", empty(&ATOMIC_NO_COPY)), ("v", unsigned())]);
        let once = vec![("_", empty(&NO_COPY)), ("done", done), ("m", mutex())];
        let lock = vec![
            ("w", mutex()),
            ("writerSem", unsigned()),
            ("readerSem", unsigned()),
            ("readerCount", counter()),
            ("readerWait", counter()),
        ];
        vec![
            ("once", Hidden::value(&ONCE, once)),
            ("RWMutex", Hidden::value(&RW_MUTEX, lock)),
            ("values", Value::Map(values)),
        ]
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// A struct of which templates see nothing but how it prints: the locks in Go's store.
struct Hidden {
    named: &'static Named,
    fields: Vec<(&'static str, Value)>,
}

static ONCE: Named = hidden("sync.Once");
static NO_COPY: Named = hidden("sync.noCopy");
static MUTEX: Named = hidden("sync.Mutex");
static RW_MUTEX: Named = hidden("sync.RWMutex");
static BOOL: Named = hidden("atomic.Bool");
static INT32: Named = hidden("atomic.Int32");
static ATOMIC_NO_COPY: Named = hidden("atomic.noCopy");

const fn hidden(name: &'static str) -> Named {
    Named {
        name,
        is_struct: true,
        fields: &[],
        methods: &[],
    }
}

impl Hidden {
    fn value(named: &'static Named, fields: Vec<(&'static str, Value)>) -> Value {
        Value::object(Hidden { named, fields })
    }
}

impl Object for Hidden {
    fn named(&self) -> &'static Named {
        self.named
    }

    fn hidden_fields(&self) -> Vec<(&'static str, Value)> {
        self.fields.clone()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn empty(named: &'static Named) -> Value {
    Hidden::value(named, Vec::new())
}

fn signed() -> Value {
    Value::Int(IntType::Int32, 0)
}

fn mutex() -> Value {
    let fields = vec![("state", signed()), ("sema", Value::Uint(UintType::Uint32, 0))];
    let inner = Hidden::value(&MUTEX, fields);
    Hidden::value(&MUTEX, vec![("_", empty(&NO_COPY)), ("mu", inner)])
}

type Outcome = Result<Value, FunctionError>;

fn nothing() -> Outcome {
    Ok(Value::string(""))
}

fn key(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::Bool(
        arguments.object::<Scratch>(0)?.get(arguments.text(1)?).is_some(),
    ))
}

fn get(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(arguments
        .object::<Scratch>(0)?
        .get(arguments.text(1)?)
        .unwrap_or(Value::Nil))
}

fn set(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    arguments
        .object::<Scratch>(0)?
        .set(arguments.text(1)?, arguments.value(2)?);
    nothing()
}

fn set_if_absent(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let (scratch, key) = (arguments.object::<Scratch>(0)?, arguments.text(1)?);
    if scratch.get(key).is_none() {
        scratch.set(key, arguments.value(2)?);
    }
    nothing()
}

fn map_set(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let map = arguments.object::<Scratch>(0)?.map(arguments.text(1)?)?;
    call.insert(&map, arguments.text(2)?.clone(), arguments.value(3)?.clone());
    nothing()
}

fn map_set_if_absent(call: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    let map = arguments.object::<Scratch>(0)?.map(arguments.text(1)?)?;
    let key = arguments.text(2)?;
    if map.get(key.as_bytes()).is_none() {
        call.insert(&map, key.clone(), arguments.value(3)?.clone());
    }
    nothing()
}

fn map_values(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    Ok(Value::List(
        match arguments.object::<Scratch>(0)?.get(arguments.text(1)?) {
            Some(Value::Map(map)) if map.key() == Type::String && map.element() == Type::Any => {
                List::any(map.string_entries().into_iter().map(|(_, value)| value).collect())
            }
            _ => List::nil(Type::Any),
        },
    ))
}
