//! Running a check file: filling in variables, sending, comparing, keeping what later steps need.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::check::{CheckFile, Side, Step};
use crate::exchange::{Answer, Call, Target};
use crate::shape;

/// What a file's run came to.
#[derive(Default)]
pub struct Outcome {
    pub checks: usize,
    pub failures: Vec<String>,
}

/// Runs all steps of a file that are meant for this side. `run` makes names unique on a server that lives longer.
pub async fn run(name: &str, file: &CheckFile, side: Side, target: &Target, run: &str) -> Outcome {
    let mut variables = BTreeMap::from([("run".to_owned(), Value::from(run))]);
    let mut outcome = Outcome::default();
    for step in file
        .steps
        .iter()
        .filter(|step| step.only.is_none_or(|only| only == side))
    {
        let answer = settled(step, target, &variables).await;
        keep(step, &answer, &mut variables);
        outcome.checks += 1;
        let wrong = judge(step, &answer, &variables);
        if !wrong.is_empty() {
            outcome.failures.push(format!(
                "{name}: {}: {}\n    {}",
                step.what,
                step.call,
                wrong.join("\n    ")
            ));
        }
    }
    outcome
}

/// Sends a step, and again while a real server is still making a new store ready for it.
async fn settled(step: &Step, target: &Target, variables: &BTreeMap<String, Value>) -> Answer {
    loop {
        let answer = target.send(call(step, target, variables)).await;
        let error = answer.body["errors"][0].as_str().unwrap_or_default();
        if !error.starts_with("Upgrading from non-versioned to versioned data.") {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn call(step: &Step, target: &Target, variables: &BTreeMap<String, Value>) -> Call {
    let text = |text: &str| fill_text(text, variables);
    let (method, path) = step.call.split_once(' ').expect("a call is a method and a path");
    let path = text(path);
    let token = match step.token.as_str() {
        "root" => Some(target.root_token.clone()),
        "-" => None,
        other => Some(text(other)),
    };
    let mut headers: Vec<(String, String)> = step
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect();
    let typed = step
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case("content-type"));
    if step.body.is_some() && !typed {
        headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
    }
    let body = match (&step.body, &step.raw) {
        (Some(body), _) => fill(body, variables).to_string(),
        (None, Some(raw)) => text(raw),
        (None, None) => String::new(),
    };
    Call {
        method: method.to_owned(),
        path: if path.starts_with('/') {
            path
        } else {
            format!("/v1/{path}")
        },
        token,
        headers,
        body: body.into_bytes(),
    }
}

fn judge(step: &Step, answer: &Answer, variables: &BTreeMap<String, Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    if answer.status != step.status {
        wrong.push(format!("status: expected {}, got {}", step.status, answer.status));
    }
    for (name, expected) in &step.reply_headers {
        let got = answer
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .map_or(Value::Null, Value::from);
        let expected = Value::String(fill_text(expected, variables));
        wrong.extend(
            shape::differences(&expected, &got)
                .into_iter()
                .map(|it| format!("header {name}{it}")),
        );
    }
    wrong.extend(shape::differences(&fill(&step.reply, variables), &answer.body));
    if !wrong.is_empty() && answer.body.get("errors").is_some() {
        wrong.push(format!("the answer was {}", answer.body));
    }
    wrong
}

fn keep(step: &Step, answer: &Answer, variables: &mut BTreeMap<String, Value>) {
    for (name, path) in &step.keep {
        let found = path
            .split('.')
            .try_fold(&answer.body, |value, part| match part.parse::<usize>() {
                Ok(index) if value.is_array() => value.get(index),
                _ => value.get(part),
            });
        variables.insert(
            name.clone(),
            found.cloned().unwrap_or_else(|| Value::from(format!("no-{name}"))),
        );
    }
}

/// Replaces variables in every text of a value; a text that is one variable becomes that variable's value.
fn fill(value: &Value, variables: &BTreeMap<String, Value>) -> Value {
    match value {
        Value::String(text) => {
            let whole = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            match whole.and_then(|name| variables.get(name)) {
                Some(value) => value.clone(),
                None => Value::String(fill_text(text, variables)),
            }
        }
        Value::Array(items) => items.iter().map(|item| fill(item, variables)).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (fill_text(name, variables), fill(value, variables)))
            .collect(),
        other => other.clone(),
    }
}

fn fill_text(text: &str, variables: &BTreeMap<String, Value>) -> String {
    let mut filled = text.to_owned();
    for (name, value) in variables {
        let place = format!("${{{name}}}");
        if filled.contains(&place) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            filled = filled.replace(&place, &value);
        }
    }
    filled
}
