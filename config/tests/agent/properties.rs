//! Properties that hold for any configuration.

use coffret_config::agent::{Kind, STANZAS, parse};
use proptest::prelude::*;

/// Texts made of real keys with arbitrary values, nested at random.
fn stanza() -> impl Strategy<Value = String> {
    let names: Vec<&str> = STANZAS
        .iter()
        .flat_map(|stanza| stanza.keys.iter().map(|key| key.name))
        .collect();
    let value = prop_oneof![
        any::<i32>().prop_map(|number| number.to_string()),
        any::<bool>().prop_map(|value| value.to_string()),
        "\"[a-z0-9:,/ .-]{0,12}\"",
        Just("[]".to_owned()),
        Just("[1, \"x\", {}]".to_owned()),
        Just("1.5".to_owned()),
    ];
    let leaf = (prop::sample::select(names.clone()), value).prop_map(|(name, value)| format!("{name} = {value}\n"));
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let name = prop::sample::select(names.clone());
        let label = prop_oneof![Just(""), Just("\"file\""), Just("\"kubernetes\""), Just("\"tcp\"")];
        (name, label, prop::collection::vec(inner, 0..6))
            .prop_map(|(name, label, items)| format!("{name} {label} {{\n{}}}\n", items.concat()))
    })
}

proptest! {
    #[test]
    fn any_text_is_accepted_or_refused_with_a_reason(items in prop::collection::vec(stanza(), 0..5)) {
        let text = items.concat();
        match parse("f", text.as_bytes()) {
            Ok(loaded) => prop_assert!(loaded.warnings.iter().all(|finding| !finding.message.is_empty())),
            Err(found) => {
                prop_assert!(!found.is_empty());
                prop_assert!(found.iter().all(|finding| !finding.message.is_empty() && finding.file == "f"));
            }
        }
    }

    #[test]
    fn any_string_reaches_the_template_unchanged(contents in "[^\0]{1,60}") {
        let escaped: String = contents.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let text = format!(
            r#"{{"auto_auth": {{"method": {{"type": "token_file", "config": {{"token_file_path": "/t"}}}}}},
                "template": [{{"contents": "{escaped}", "destination": "/x"}}]}}"#
        );
        let loaded = parse("f", text.as_bytes()).unwrap();
        prop_assert_eq!(&loaded.config.templates[0].body.text, &coffret_config::agent::Text::Inline(contents));
    }
}

#[test]
fn every_stanza_a_key_names_exists() {
    for stanza in STANZAS {
        for key in stanza.keys {
            if let Kind::Stanza(path) = key.kind {
                let known = |stanza: &&&coffret_config::agent::Stanza| {
                    stanza.path == path || stanza.path.starts_with(&format!("{path} ("))
                };
                assert!(STANZAS.iter().any(|stanza| known(&stanza)), "{} names {path}", key.name);
            }
        }
    }
}
