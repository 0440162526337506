//! Label selectors of namespaces, in JSON or YAML.

use serde::Deserialize;
use std::collections::BTreeMap;

/// A label selector.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Selector {
    #[serde(default)]
    match_labels: BTreeMap<String, String>,
    #[serde(default)]
    match_expressions: Vec<Expression>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
struct Expression {
    key: String,
    operator: String,
    #[serde(default)]
    values: Vec<String>,
}

/// Reads a selector; JSON is YAML too.
pub(super) fn parse(text: &str) -> Option<Selector> {
    let selector: Selector = serde_saphyr::from_str(text).ok()?;
    let known =
        |expression: &Expression| matches!(expression.operator.as_str(), "In" | "NotIn" | "Exists" | "DoesNotExist");
    selector.match_expressions.iter().all(known).then_some(selector)
}

impl Selector {
    /// Whether labels fit.
    pub(super) fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels
            .iter()
            .all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|expression| expression.fits(labels))
    }
}

impl Expression {
    fn fits(&self, labels: &BTreeMap<String, String>) -> bool {
        let label = labels.get(&self.key);
        let listed = label.is_some_and(|label| self.values.contains(label));
        match self.operator.as_str() {
            "In" => listed,
            "NotIn" => !listed,
            "Exists" => label.is_some(),
            _ => label.is_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn labels_and_expressions_must_all_fit() {
        let text = "matchLabels: {team: red}\nmatchExpressions:\n- {key: tier, operator: NotIn, values: [test]}\n";
        let selector = parse(text).unwrap();
        assert!(selector.fits(&labels(&[("team", "red"), ("tier", "prod")])));
        assert!(!selector.fits(&labels(&[("team", "red"), ("tier", "test")])));
        assert!(!selector.fits(&labels(&[("tier", "prod")])));
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        assert_eq!(parse("{\"match"), None);
        assert_eq!(parse(r#"{"matchExpressions":[{"key":"a","operator":"Near"}]}"#), None);
    }
}
