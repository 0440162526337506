//! What the demo checks once the agent runs.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{bail, ensure};
use serde_json::{Value, json};

use super::example::{Change, Scenario};
use super::files::{compare, read, until};
use super::operator::Operator;
use super::pod::Pod;
use super::process::AgentProcess;
use super::secrets::SecretValues;

const FOLLOW_LIMIT: Duration = Duration::from_secs(10);
const STOP_LIMIT: Duration = Duration::from_secs(1);

/// The files as they must be: the scenario's, with the one database account that the server has made filled in.
///
/// # Errors
/// When the server has made more accounts than one, or none.
pub fn expected_files(scenario: &Scenario, accounts: &[(String, String)]) -> anyhow::Result<BTreeMap<String, String>> {
    let [(username, password)] = accounts else {
        bail!(
            "expected one database account for the whole pod, the server has made {}",
            accounts.len()
        );
    };
    let fill = |text: &String| text.replace("<username>", username).replace("<password>", password);
    Ok(scenario
        .files
        .iter()
        .map(|(path, text)| (path.clone(), fill(text)))
        .collect())
}

/// Every file is there, byte for byte.
///
/// # Errors
/// Names the file and the byte that differs.
pub fn files(pod: &Pod, expected: &BTreeMap<String, String>) -> anyhow::Result<((), String)> {
    let bytes = compare(pod.mounts(), expected)?;
    Ok((
        (),
        format!(
            "{} files, {bytes} bytes, each as expected byte for byte",
            expected.len()
        ),
    ))
}

/// A secret is changed on the server; its file follows.
///
/// # Errors
/// When the server refuses the change, or the file does not follow.
pub async fn change(pod: &Pod, operator: &Operator, change: &Change) -> anyhow::Result<((), String)> {
    operator.write(&change.path, &json!({ "data": change.data })).await?;
    let what = format!("the new content of {}", change.file);
    until(&what, FOLLOW_LIMIT, async || {
        Ok(read(pod.mounts(), &change.file)? == change.content)
    })
    .await?;
    Ok((
        (),
        format!("{} written on the server, {} followed", change.path, change.file),
    ))
}

/// The lease of the dynamic credential is renewed, as the server's lease table says.
///
/// # Errors
/// When there is not exactly one lease, or it is not renewed.
pub async fn lease(operator: &Operator, path: &str) -> anyhow::Result<((), String)> {
    let keys = operator.list(&format!("sys/leases/lookup/{path}/")).await?;
    let [key] = keys.as_slice() else {
        bail!("expected one lease below {path}, the server has {}", keys.len());
    };
    let lease = json!({ "lease_id": format!("{path}/{key}") });
    let seen = std::cell::RefCell::new(Value::Null);
    until("a renewal of the lease", FOLLOW_LIMIT, async || {
        let answer = operator.write("sys/leases/lookup", &lease).await?;
        *seen.borrow_mut() = answer["data"].clone();
        Ok(!answer["data"]["last_renewal"].is_null())
    })
    .await?;
    let seen = seen.into_inner();
    Ok((
        (),
        format!(
            "the server's lease table: issued {}, last renewed {}",
            text(&seen["issue_time"]),
            text(&seen["last_renewal"])
        ),
    ))
}

/// No secret value stands in the agent's log.
///
/// # Errors
/// When one does.
pub fn logs(pod: &Pod, secrets: &SecretValues) -> anyhow::Result<((), String)> {
    let log = pod.log()?;
    ensure!(!log.is_empty(), "the agent has logged nothing");
    ensure!(!secrets.appear_in(&log), "a secret value stands in the agent's log");
    Ok((
        (),
        format!(
            "{} lines of the agent's log hold none of {} secret values",
            log.lines().count(),
            secrets.len()
        ),
    ))
}

/// SIGTERM ends the agent in time, with success, its token and leases revoked.
///
/// # Errors
/// When one of these does not hold.
pub async fn stop(process: AgentProcess, operator: &Operator, lease: &str) -> anyhow::Result<((), String)> {
    let before = logins(operator).await?;
    ensure!(
        before == 1,
        "expected one token from auth/kubernetes/login, the server has {before}"
    );
    let (status, took) = process.terminate(STOP_LIMIT).await?;
    ensure!(status.success(), "the agent ended with {status}");
    let after = logins(operator).await?;
    ensure!(after == 0, "the agent's token is still valid after its end");
    let leases = operator
        .list(&format!("sys/leases/lookup/{lease}/"))
        .await
        .unwrap_or_default();
    ensure!(leases.is_empty(), "the lease of {lease} outlived the token");
    Ok((
        (),
        format!(
            "SIGTERM ended the agent after {} ms; its one token and its lease are revoked",
            took.as_millis()
        ),
    ))
}

/// How many tokens the server has that came from the kubernetes login.
async fn logins(operator: &Operator) -> anyhow::Result<usize> {
    let mut count = 0;
    for accessor in operator.list("auth/token/accessors").await? {
        let answer = operator
            .write("auth/token/lookup-accessor", &json!({ "accessor": accessor }))
            .await?;
        count += usize::from(answer["data"]["path"] == "auth/kubernetes/login");
    }
    Ok(count)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}
