//! Helpers that call functions.

use std::sync::{Mutex, PoisonError};

use ::handlebars::{
    Context, Handlebars, Helper as HelperCall, HelperDef, PathAndJson, RenderContext, RenderError, RenderErrorReason,
    ScopedJson,
};
use serde_json::Value as Json;
use zeroize::Zeroize;

use super::exact::ExactNumbers;
use super::projection::{from_json, to_json};
use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{Type, Value};

/// What a helper does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Helper {
    /// Counts a step; put at the start of each block.
    Step,
    /// Calls a function.
    Function(&'static Function),
    /// Calls a method of the scratch store.
    Scratch(&'static Function),
    /// `field (secret "p") "data.data.x"`: a path into a value.
    Field,
    /// A function of the deny list.
    Denied,
}

/// What the helpers of one rendering share.
pub(super) struct State<'c, 's> {
    call: &'c mut Call<'s>,
    /// Objects that were handed out as JSON, for functions that want the object back.
    objects: Vec<(Json, Value)>,
    exact: ExactNumbers,
}

/// Wipes what it kept; the copies that the crate makes are out of reach.
impl Drop for State<'_, '_> {
    fn drop(&mut self) {
        for (json, _) in &mut self.objects {
            wipe(json);
        }
    }
}

fn wipe(json: &mut Json) {
    match json {
        Json::String(text) => text.zeroize(),
        Json::Array(items) => items.iter_mut().for_each(wipe),
        Json::Object(entries) => entries.values_mut().for_each(wipe),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

impl<'c, 's> State<'c, 's> {
    pub(super) fn new(call: &'c mut Call<'s>) -> Self {
        State {
            call,
            objects: Vec::new(),
            exact: ExactNumbers::default(),
        }
    }
}

/// A helper of one rendering.
pub(super) struct Bridge<'a, 'c, 's> {
    state: &'a Mutex<State<'c, 's>>,
    helper: Helper,
}

impl<'a, 'c, 's> Bridge<'a, 'c, 's> {
    pub(super) fn new(state: &'a Mutex<State<'c, 's>>, helper: Helper) -> Self {
        Bridge { state, helper }
    }
}

impl HelperDef for Bridge<'_, '_, '_> {
    fn call_inner<'reg: 'rc, 'rc>(
        &self,
        helper: &HelperCall<'rc>,
        _: &'reg Handlebars<'reg>,
        context: &'rc Context,
        render_context: &mut RenderContext<'reg, 'rc>,
    ) -> Result<ScopedJson<'rc>, RenderError> {
        // A key of a secret may have the name of a function that cannot be called without arguments.
        if helper.params().is_empty() && helper.hash().is_empty() && self.wants_arguments() {
            let field = render_context.evaluate(context, &format!("this.{}", helper.name()))?;
            if !field.is_missing() {
                return Ok(field);
            }
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let result = self.run(&mut state, helper);
        result.map(ScopedJson::Derived).map_err(|error| {
            let text = match error {
                FunctionError::Failed(text) => String::from_utf8_lossy(&text).into_owned(),
                FunctionError::Signature(text) => text.to_owned(),
                FunctionError::Limit(limit) => limit.to_string(),
            };
            RenderErrorReason::Other(format!("error calling {}: {text}", helper.name())).into()
        })
    }
}

impl Bridge<'_, '_, '_> {
    fn wants_arguments(&self) -> bool {
        match self.helper {
            Helper::Step => false,
            Helper::Function(function) | Helper::Scratch(function) => {
                function.parameters.len() > usize::from(function.variadic)
            }
            Helper::Field | Helper::Denied => true,
        }
    }

    fn run(&self, state: &mut State<'_, '_>, helper: &HelperCall<'_>) -> Result<Json, FunctionError> {
        state.call.step(1)?;
        match self.helper {
            Helper::Step => Ok(Json::String(String::new())),
            Helper::Denied => Err("function is disabled".into()),
            Helper::Field => field(helper),
            Helper::Function(function) => state.invoke(function, None, helper),
            Helper::Scratch(method) => {
                let scratch = state.call.scratch();
                state.invoke(method, Some(scratch), helper)
            }
        }
    }
}

impl State<'_, '_> {
    fn invoke(
        &mut self,
        function: &Function,
        receiver: Option<Value>,
        helper: &HelperCall<'_>,
    ) -> Result<Json, FunctionError> {
        let mut values: Vec<Value> = receiver.into_iter().collect();
        let given: Vec<&Json> = helper.params().iter().map(PathAndJson::value).collect();
        let named = named_arguments(function, helper)?;
        let count = given.len() + named.len();
        let declared = function.parameters.len();
        if function.variadic && count + 1 < declared {
            return Err(format!("wrong number of arguments: want at least {} got {count}", declared - 1).into());
        }
        if !function.variadic && count != declared {
            return Err(format!("wrong number of arguments: want {declared} got {count}").into());
        }
        for (index, json) in given.into_iter().enumerate() {
            let of = function.parameters[index.min(declared.saturating_sub(1))];
            values.push(self.argument(json, of)?);
        }
        values.extend(named);
        self.call.step(weight(&values))?;
        let value = (function.body)(self.call, Arguments::new(&values))?;
        if let Value::String(text) = &value {
            self.call.reserve(text.len())?;
        }
        let json = to_json(self.call, &mut self.exact, &value, 0)?;
        // No function takes a pointer to a struct, such as a secret, back.
        if let Value::Object(object) = &value
            && (!object.is_pointer() || object.text().is_some())
        {
            self.objects.push((json.clone(), value));
        }
        Ok(json)
    }

    fn argument(&self, json: &Json, of: Type) -> Result<Value, FunctionError> {
        let wants_object = matches!(of, Type::Named(_) | Type::Pointer(_) | Type::Any);
        if wants_object && let Some((_, object)) = self.objects.iter().rev().find(|(known, _)| known == json) {
            let fits = object.type_of() == Some(of) || of == Type::Any;
            // A secret given to a function of any value is data under the names it has here.
            let is_text = matches!(json, Json::String(_));
            if fits && (is_text || of != Type::Any) {
                return Ok(object.clone());
            }
        }
        from_json(&self.exact, json, of)
    }
}

/// `key=value` arguments: the fields of a write. Other functions take none.
fn named_arguments(function: &Function, helper: &HelperCall<'_>) -> Result<Vec<Value>, FunctionError> {
    if helper.hash().is_empty() {
        return Ok(Vec::new());
    }
    if !matches!(function.name, "secret" | "pkiCert") {
        return Err("named arguments are taken by secret and pkiCert only".into());
    }
    Ok(helper
        .hash()
        .iter()
        .map(|(name, value)| Value::string(format!("{name}={}", value.render())))
        .collect())
}

fn weight(values: &[Value]) -> u64 {
    let sizes = values
        .iter()
        .map(|value| value.as_text().map_or(1, |text| text.len() / 64));
    u64::try_from(sizes.sum::<usize>()).unwrap_or(u64::MAX)
}

/// Follows a path of names separated by dots; null where it leads nowhere.
fn field(helper: &HelperCall<'_>) -> Result<Json, FunctionError> {
    let [value, path] = &helper.params()[..] else {
        return Err(format!("wrong number of arguments: want 2 got {}", helper.params().len()).into());
    };
    let path = path.value().as_str().ok_or("the path is not a text")?;
    let mut json = value.value();
    for name in path.split('.') {
        json = match json {
            Json::Object(entries) => entries.get(name).unwrap_or(&Json::Null),
            Json::Array(items) => name
                .parse::<usize>()
                .ok()
                .and_then(|index| items.get(index))
                .unwrap_or(&Json::Null),
            _ => &Json::Null,
        };
    }
    Ok(json.clone())
}
