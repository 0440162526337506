//! Several files become one configuration.

use super::AgentConfig;

/// Lays `next` over `config` as Vault Agent does: stanzas that stand once are replaced as a whole, repeated ones
/// are appended, and what one file turns on no other turns off.
pub(super) fn merge(config: AgentConfig, next: AgentConfig) -> AgentConfig {
    AgentConfig {
        vault: next.vault.or(config.vault),
        auto_auth: next.auto_auth.or(config.auto_auth),
        templates: append(config.templates, next.templates),
        template_config: next.template_config.or(config.template_config),
        env_templates: append(config.env_templates, next.env_templates),
        exec: next.exec.or(config.exec),
        cache: next.cache.or(config.cache),
        api_proxy: next.api_proxy.or(config.api_proxy),
        listeners: append(config.listeners, next.listeners),
        telemetry: next.telemetry.or(config.telemetry),
        pid_file: next.pid_file.or(config.pid_file),
        exit_after_auth: config.exit_after_auth || next.exit_after_auth,
        log_level: next.log_level.or(config.log_level),
        log_format: next.log_format.or(config.log_format),
        log_file: next.log_file.or(config.log_file),
        disable_idle_connections: config.disable_idle_connections.and(next.disable_idle_connections),
        disable_keep_alives: config.disable_keep_alives.and(next.disable_keep_alives),
    }
}

fn append<T>(mut list: Vec<T>, more: Vec<T>) -> Vec<T> {
    list.extend(more);
    list
}
