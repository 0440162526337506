//! `toJSON` and its variants, and sprig's: as Go's `encoding/json` writes them.

use crate::function::{Arguments, Function, FunctionError};
use crate::json::{self, Numbers};
use crate::{Call, Map, Text, Type, Value};

use super::json_text::{Style, encode};

const ANY: Type = Type::Any;
const TEXT: Type = Type::String;

type Outcome = Result<Value, FunctionError>;

const COMPACT: Style = Style {
    pretty: false,
    escape_html: true,
};
const PRETTY: Style = Style {
    pretty: true,
    escape_html: true,
};
const RAW: Style = Style {
    pretty: false,
    escape_html: false,
};
const RAW_PRETTY: Style = Style {
    pretty: true,
    escape_html: false,
};

pub(super) static TABLE: &[Function] = &[
    Function::new("parseJSON", &[TEXT], ANY, parse_json),
    Function::new("sprig_fromJson", &[TEXT], ANY, |_, arguments| {
        Ok(json::read_leniently(arguments.text(0)?.as_bytes()).unwrap_or(Value::Nil))
    }),
    Function::new("sprig_mustFromJson", &[TEXT], ANY, |_, arguments| read(arguments)),
    Function::new("sprig_mustToJson", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "", COMPACT)
    }),
    Function::new("sprig_mustToPrettyJson", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "", PRETTY)
    }),
    Function::new("sprig_mustToRawJson", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "", RAW)
    }),
    Function::new("sprig_toJson", &[ANY], TEXT, |call, arguments| {
        lenient(write(call, arguments, "", COMPACT))
    }),
    Function::new("sprig_toPrettyJson", &[ANY], TEXT, |call, arguments| {
        lenient(write(call, arguments, "", PRETTY))
    }),
    Function::new("sprig_toRawJson", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "", RAW)
    }),
    Function::new("toJSON", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "toJSON: ", COMPACT)
    }),
    Function::new("toJSONPretty", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "toJSONPretty: ", PRETTY)
    }),
    Function::new("toUnescapedJSON", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "toUnescapedJSON: ", RAW)
    }),
    Function::new("toUnescapedJSONPretty", &[ANY], TEXT, |call, arguments| {
        write(call, arguments, "toUnescapedJSONPretty: ", RAW_PRETTY)
    }),
];

fn write(call: &mut Call<'_>, arguments: Arguments<'_>, step: &str, style: Style) -> Outcome {
    encode(call, arguments.value(0)?, style)
        .map(Value::string)
        .map_err(|error| match error {
            FunctionError::Failed(text) => [step.as_bytes(), &text].concat().into(),
            other @ (FunctionError::Signature(_) | FunctionError::Limit(_)) => other,
        })
}

/// sprig's plain functions give an empty text where encoding fails.
fn lenient(result: Outcome) -> Outcome {
    match result {
        Err(FunctionError::Failed(_)) => Ok(Value::string("")),
        result => result,
    }
}

fn read(arguments: Arguments<'_>) -> Outcome {
    Ok(json::read(arguments.text(0)?.as_bytes(), Numbers::Floats)?)
}

fn parse_json(_: &mut Call<'_>, arguments: Arguments<'_>) -> Outcome {
    match arguments.text(0)?.is_empty() {
        true => Ok(Value::Map(Map::any(Vec::<(Text, Value)>::new()))),
        false => read(arguments),
    }
}
