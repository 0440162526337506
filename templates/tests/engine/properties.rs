//! Properties that hold for all inputs.

use coffret_templates::{Limits, Options, Syntax, Template};
use proptest::prelude::*;

use super::world::{World, go, limited};

/// A Go string literal of any text.
fn literal(text: &str) -> String {
    let escaped: Vec<String> = text.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    format!("\"{}\"", escaped.concat())
}

fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "{{",
        "}}",
        "{{-",
        "-}}",
        " ",
        "if",
        "range",
        "with",
        "else",
        "end",
        "define",
        "template",
        "block",
        "break",
        ".",
        "$",
        "$x",
        ":=",
        "=",
        "|",
        "(",
        ")",
        "\"",
        "`",
        "'",
        "1",
        "-1",
        "1.5e3",
        "0x",
        ".a.b",
        "print",
        "printf",
        "index",
        "len",
        "secret \"p\"",
        "nil",
        "true",
        "/*",
        "*/",
        "é",
        "\n",
        "%v",
        "\\",
        ",",
        "{{#",
        "{{/",
        "{{>",
        "(split \",\" \"a,b\")",
    ];
    prop::sample::select(words.to_vec()).prop_map(str::to_owned)
}

fn bounded() -> Options {
    limited(Limits {
        steps: 20_000,
        output: 100_000,
        memory: 1_000_000,
        ..Limits::default()
    })
}

proptest! {
    #[test]
    fn any_text_is_a_template_or_an_error(pieces in prop::collection::vec(fragment(), 0..40)) {
        let text = pieces.concat();
        for syntax in [Syntax::Go, Syntax::Handlebars] {
            if let Ok(template) = Template::parse(&text, syntax, bounded()) {
                let _ = template.render(&mut World::default());
            }
        }
    }

    #[test]
    fn text_without_actions_is_copied(text in "[^{]*") {
        prop_assert_eq!(go(&text), Ok(text));
    }

    #[test]
    fn literals_print_their_text(text in ".*") {
        prop_assert_eq!(go(&format!("{{{{ {} }}}}", literal(&text))), Ok(text));
    }

    #[test]
    fn quoted_texts_read_back(text in ".*") {
        let quoted = go(&format!("{{{{ printf \"%q\" {} }}}}", literal(&text))).unwrap();
        prop_assert_eq!(go(&format!("{{{{ {quoted} }}}}")), Ok(text));
    }

    #[test]
    fn integers_print_and_read_back(number in any::<i64>().prop_filter("the literal of the smallest is too large for its sign", |n| *n != i64::MIN)) {
        prop_assert_eq!(go(&format!("{{{{ {number} }}}}")), Ok(number.to_string()));
        prop_assert_eq!(go(&format!("{{{{ printf \"%d\" {number} }}}}")), Ok(number.to_string()));
    }

    #[test]
    fn floats_print_with_the_fewest_digits_that_read_back(number in prop::num::f64::NORMAL) {
        let shown = go(&format!("{{{{ printf \"%v\" {number:e} }}}}")).unwrap();
        prop_assert_eq!(shown.parse::<f64>(), Ok(number));
    }

    #[test]
    fn what_is_emitted_as_json_reads_back(text in ".*") {
        let json = go(&format!("{{{{ toJSON {} }}}}", literal(&text))).unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn trimming_removes_white_space_and_nothing_else(before in "[a-z \t\r\n]*", after in "[a-z \t\r\n]*") {
        let space = [' ', '\t', '\r', '\n'];
        let expected = format!("{}x{}", before.trim_end_matches(space), after.trim_start_matches(space));
        prop_assert_eq!(go(&format!("{before}{{{{- \"x\" -}}}}{after}")), Ok(expected));
    }
}
