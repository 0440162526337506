//! Any text is a policy or an error, and any policy judges any path.
#![no_main]

use coffret_devserver::core::policies::{Acl, Question, parse};
use coffret_devserver::json::Object;
use coffret_devserver::logical::Operation;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, &str)| {
    let (text, path) = input;
    let Ok(policy) = parse("", text) else { return };
    let acl = Acl::new(None, [&policy].into_iter(), |template| Some(template.replace(['{', '}'], "")));
    let data = Object::new();
    for operation in [Operation::Read, Operation::List, Operation::Update] {
        let allowed = acl.allows(&Question { operation, path, data: &data, wrap_ttl: None });
        assert!(!allowed || acl.capabilities(path) != ["deny"], "{path} is allowed and denied");
    }
    let _ = acl.touches(path);
});
