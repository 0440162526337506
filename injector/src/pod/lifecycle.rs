//! Revoking the token when a pod with an ordinary sidecar ends.

use coffret_config::annotations::{Launch, Plan};
use serde_json::{Value, json};

/// The sidecar's lifecycle: empty without revocation, so that users' patches find it. Our own agent, started
/// directly, revokes by itself after the application has ended; a preStop hook would do it before.
pub(super) fn pre_stop(plan: &Plan) -> Value {
    match plan.auth.revoke_after {
        Some(seconds) if plan.launch == Launch::Shell => {
            json!({"preStop": {"exec": {"command": ["/bin/sh", "-c", script(plan, seconds)]}}})
        }
        _ => json!({}),
    }
}

/// What vault-k8s writes, and behind it what it forgets: CA directory, server name, skip-verify, namespace.
fn script(plan: &Plan, seconds: u64) -> String {
    let connection = &plan.connection;
    let mut words = vec![format!("-address={}", connection.address)];
    let flags = [
        ("ca-cert", &connection.ca_cert),
        ("client-cert", &connection.client_cert),
        ("client-key", &connection.client_key),
        ("ca-path", &connection.ca_path),
        ("tls-server-name", &connection.tls_server_name),
        ("namespace", &connection.namespace),
    ];
    words.extend(
        flags
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(flag, value)| format!("-{flag}={value}")),
    );
    if connection.tls_skip_verify {
        words.push("-tls-skip-verify".to_owned());
    }
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    format!(
        "/bin/sleep {seconds} && /bin/{} token revoke {} -self",
        plan.flavor.command(),
        words.join(" ")
    )
}

/// Quotes a word for a shell unless it is plain: annotation values must not become commands.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,[]".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::shell_word;

    #[test]
    fn only_plain_words_stay_bare() {
        assert_eq!(
            shell_word("-address=https://vault.vault.svc:8200"),
            "-address=https://vault.vault.svc:8200"
        );
        assert_eq!(shell_word("-ca-cert=/a;rm -rf /"), "'-ca-cert=/a;rm -rf /'");
        assert_eq!(shell_word("it's $(x)"), r"'it'\''s $(x)'");
    }
}
