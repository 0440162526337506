//! Slash-separated paths as Go's package `path` sees them. The `os…` functions are the same here: agents run on Unix.

use crate::function::{Arguments, Body, Function, FunctionError};
use crate::{Type, Value};

const TEXT: Type = Type::String;

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_base", &[TEXT], TEXT, BASE),
    Function::new("sprig_clean", &[TEXT], TEXT, CLEAN),
    Function::new("sprig_dir", &[TEXT], TEXT, DIRECTORY),
    Function::new("sprig_ext", &[TEXT], TEXT, EXTENSION),
    Function::new("sprig_isAbs", &[TEXT], Type::Bool, IS_ABSOLUTE),
    Function::new("sprig_osBase", &[TEXT], TEXT, BASE),
    Function::new("sprig_osClean", &[TEXT], TEXT, CLEAN),
    Function::new("sprig_osDir", &[TEXT], TEXT, DIRECTORY),
    Function::new("sprig_osExt", &[TEXT], TEXT, EXTENSION),
    Function::new("sprig_osIsAbs", &[TEXT], Type::Bool, IS_ABSOLUTE),
];

const BASE: Body = |_, arguments| Ok(Value::string(base(path(arguments)?)));
const CLEAN: Body = |_, arguments| Ok(Value::string(clean(path(arguments)?)));
const DIRECTORY: Body = |_, arguments| {
    let path = path(arguments)?;
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    Ok(Value::string(clean(&path[..end])))
};
const EXTENSION: Body = |_, arguments| Ok(Value::string(extension(path(arguments)?)));
const IS_ABSOLUTE: Body = |_, arguments| Ok(Value::Bool(path(arguments)?.starts_with(b"/")));

fn path<'a>(arguments: Arguments<'a>) -> Result<&'a [u8], FunctionError> {
    Ok(arguments.text(0)?.as_bytes())
}

/// The last element; `.` for an empty path and `/` for one of slashes only.
fn base(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
    match (path.is_empty(), end) {
        (true, _) => b".",
        (false, 0) => b"/",
        _ => {
            let start = path[..end]
                .iter()
                .rposition(|byte| *byte == b'/')
                .map_or(0, |slash| slash + 1);
            &path[start..end]
        }
    }
}

fn extension(path: &[u8]) -> &[u8] {
    let name = path.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    let dot = path[name..].iter().rposition(|byte| *byte == b'.');
    dot.map_or(b"", |dot| &path[name + dot..])
}

/// The shortest equal path: no empty elements, no `.`, no `..` that can be resolved.
pub(super) fn clean(path: &[u8]) -> Vec<u8> {
    let rooted = path.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => (),
            b".." if parts.last().is_some_and(|last| *last != b"..") => {
                parts.pop();
            }
            b".." if rooted => (),
            part => parts.push(part),
        }
    }
    let joined = parts.join(&b'/');
    match (rooted, joined.is_empty()) {
        (true, _) => [b"/", joined.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => joined,
    }
}
