//! Rules that concern several stanzas, checked once all files are merged.

use super::local::UseToken;
use super::{AgentConfig, ApiProxy, Diagnostic, Severity};

/// Moves what stands in an older place to its newer one, then checks the whole.
pub(super) fn check(config: &mut AgentConfig, name: &str) -> Vec<Diagnostic> {
    let mut findings = Findings {
        file: name.to_owned(),
        found: Vec::new(),
    };
    move_use_token(config, &mut findings);
    check_stanzas(config, &mut findings);
    check_supervisor(config, &mut findings);
    check_token_use(config, &mut findings);
    findings.found
}

struct Findings {
    file: String,
    found: Vec<Diagnostic>,
}

impl Findings {
    fn refuse_if(&mut self, wrong: bool, key: &str, message: &str) {
        if wrong {
            self.add(Severity::Error, key, message);
        }
    }

    fn add(&mut self, severity: Severity, key: &str, message: &str) {
        self.found.push(Diagnostic {
            severity,
            file: self.file.clone(),
            at: None,
            key: key.to_owned(),
            message: message.to_owned(),
            nearest: None,
        });
    }
}

/// `cache.use_auto_auth_token` is the older spelling of `api_proxy.use_auto_auth_token`.
fn move_use_token(config: &mut AgentConfig, findings: &mut Findings) {
    let Some(in_cache) = config.cache.as_ref().and_then(|cache| cache.use_token) else {
        return;
    };
    match &mut config.api_proxy {
        Some(proxy) if proxy.use_token.is_some() => {
            findings.add(
                Severity::Error,
                "cache.use_auto_auth_token",
                "is set in api_proxy too; remove it from cache",
            );
        }
        Some(proxy) => proxy.use_token = Some(in_cache),
        None if in_cache == UseToken::Never => {}
        // Without a listener nobody can send a request, which Vault accepts for `cache` alone.
        None if config.listeners.is_empty() => {}
        None => {
            config.api_proxy = Some(ApiProxy {
                use_token: Some(in_cache),
                ..ApiProxy::default()
            });
        }
    }
}

fn check_stanzas(config: &AgentConfig, findings: &mut Findings) {
    let listener = !config.listeners.is_empty();
    let template = !config.templates.is_empty() || !config.env_templates.is_empty();
    findings.refuse_if(
        config.auto_auth.is_none() && config.cache.is_none() && !listener,
        "auto_auth",
        "there is no auto_auth, cache or listener stanza, so there is nothing to do",
    );
    findings.refuse_if(
        config.cache.is_some() && !listener && !template,
        "cache",
        "needs a listener or a template, or there is nothing to cache",
    );
    findings.refuse_if(
        config.api_proxy.is_some() && !listener,
        "api_proxy",
        "needs a listener to get requests from",
    );
    let nothing_to_do = config
        .auto_auth
        .as_ref()
        .is_some_and(|auto_auth| auto_auth.sinks.is_empty());
    findings.refuse_if(
        nothing_to_do && !template && !uses_token(config),
        "auto_auth",
        "needs a sink, a template or api_proxy.use_auto_auth_token, or the token is good for nothing",
    );
    findings.refuse_if(
        config.auto_auth.is_none() && template,
        if config.templates.is_empty() {
            "env_template"
        } else {
            "template"
        },
        "needs auto_auth: without a login no secret can be read",
    );
}

/// What Vault refuses beside a child process, and what could not work.
fn check_supervisor(config: &AgentConfig, findings: &mut Findings) {
    let (child, variables) = (config.exec.is_some(), !config.env_templates.is_empty());
    findings.refuse_if(
        variables && !child,
        "env_template",
        "needs an exec stanza: the variable is set in the child process that it starts",
    );
    findings.refuse_if(
        child && !variables,
        "exec",
        "needs an env_template stanza: the child process is started when its variables are rendered",
    );
    findings.refuse_if(
        variables && !config.templates.is_empty(),
        "template",
        "cannot stand beside env_template; write files with an agent of their own",
    );
    findings.refuse_if(
        variables && config.api_proxy.is_some(),
        "api_proxy",
        "cannot stand beside env_template (nor can cache.use_auto_auth_token)",
    );
    findings.refuse_if(
        child && config.exit_after_auth,
        "exit_after_auth",
        "cannot be true beside exec: the agent would end before the child process is started",
    );
    for (index, template) in config.env_templates.iter().enumerate() {
        let twice = config.env_templates[..index]
            .iter()
            .any(|other| other.name == template.name);
        let message = format!("the variable {} is set twice", template.name);
        findings.refuse_if(twice, "env_template", &message);
    }
}

fn uses_token(config: &AgentConfig) -> bool {
    let use_token = config.api_proxy.as_ref().and_then(|proxy| proxy.use_token);
    use_token.is_some_and(|use_token| use_token != UseToken::Never)
}

fn check_token_use(config: &AgentConfig, findings: &mut Findings) {
    if !uses_token(config) {
        return;
    }
    let key = "api_proxy.use_auto_auth_token";
    findings.refuse_if(
        config.auto_auth.is_none(),
        key,
        "needs auto_auth to have a token to use",
    );
    let wrapped = config
        .auto_auth
        .as_ref()
        .is_some_and(|auto_auth| auto_auth.method.wrap_ttl.is_some());
    findings.refuse_if(
        wrapped,
        key,
        "cannot use a wrapped token; remove wrap_ttl from the method",
    );
}
