//! JSON, YAML and TOML of any data. What is emitted as JSON reads back equal, and YAML does not change when it is read
//! and emitted again, but for a negative zero, which yaml.v3 emits as `-0` and reads as the integer 0. A last key keeps
//! the end of the data from the trimming of `toYAML`, unless the input brings keys of its own that come after it.
#![no_main]

#[path = "world.rs"]
mod world;

use std::sync::Arc;

use coffret_templates::{Secret, Syntax};
use libfuzzer_sys::fuzz_target;

fn rendered(template: &str, secret: &Arc<Secret>) -> Option<Result<Vec<u8>, String>> {
    let mut world = world::World {
        secret: Some(Arc::clone(secret)),
    };
    let text = format!("{{{{ with secret \"s\" }}}}{template}{{{{ end }}}}");
    let result = world::render(text.as_bytes(), Syntax::Go, &mut world)?;
    Some(match result {
        Ok(rendered) => Ok(rendered.output.map(|output| output.to_vec()).unwrap_or_default()),
        Err(error) => Err(error.to_string()),
    })
}

fuzz_target!(|input: &[u8]| {
    let body = [b"{\"data\":{\"x\":".as_slice(), input, b",\"z\":0}}"].concat();
    let Ok(secret) = Secret::from_response(&body).map(Arc::new) else {
        return;
    };
    if let Some(Ok(json)) = rendered("{{ toJSON .Data.x }}", &secret) {
        let value: Result<serde_json::Value, _> = serde_json::from_slice(&json);
        let original: Result<serde_json::Value, _> = serde_json::from_slice(input);
        if let (Ok(value), Ok(original)) = (value, original) {
            assert_eq!(value, original, "JSON does not read back equal");
        }
    }
    if let Some(Ok(yaml)) = rendered("{{ toYAML .Data }}", &secret) {
        let again = rendered("{{ toYAML (parseYAML (toYAML .Data)) }}", &secret);
        let is_one_value = serde_json::from_slice::<serde_json::Value>(input).is_ok();
        let negative_zero = yaml.split(|byte| *byte == b'\n').any(|line| line.ends_with(b"-0"));
        if let Some(Ok(again)) = again.filter(|_| is_one_value && !negative_zero) {
            assert_eq!(yaml, again, "YAML changes when it is read and emitted again");
        }
    }
    let _ = rendered("{{ toTOML .Data }}", &secret);
    let _ = rendered("{{ toJSONPretty .Data }}{{ toUnescapedJSON .Data }}", &secret);
});
