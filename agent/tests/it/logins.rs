//! Every way to log in, against a server that checks it.

use std::time::Duration;

use coffret_devserver::Tls;
use coffret_vault::Call;
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::cluster::Cluster;
use crate::scenario::{Agent, Scenario, run};

const TEMPLATE: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;

async fn with_secret(scenario: Scenario) -> Scenario {
    scenario.put("app", json!({"v": "1"})).await;
    scenario.template("a", TEMPLATE)
}

fn logins(scenario: &Scenario) -> usize {
    scenario.count("PUT", "auth/*") - scenario.count("PUT", "auth/token/*")
}

/// Starts, renders, and logs in once more when the token reaches its maximum of two hours.
async fn lives_on(scenario: &mut Scenario) -> Agent {
    scenario.server.journal().clear();
    let agent = scenario.start().await;
    assert_eq!((scenario.read("a").as_str(), logins(scenario)), ("1", 1));
    let first = scenario.read("sink");
    agent.advance(3 * 3_600).await;
    assert!((2..=3).contains(&logins(scenario)), "{} logins", logins(scenario));
    assert_ne!(scenario.read("sink"), first);
    scenario.put("app", json!({"v": "2"})).await;
    agent.advance(60).await;
    assert_eq!(scenario.read("a"), "2");
    agent
}

/// A JWT role for the cluster's tokens.
async fn jwt(config: Value) -> (Scenario, Cluster) {
    let (scenario, cluster) = (Scenario::new().await, Cluster::new());
    scenario.write("sys/auth/jwt", &json!({"type": "jwt"})).await;
    let keys = json!({"jwt_validation_pubkeys": cluster.config()["pem_keys"]});
    scenario.write("auth/jwt/config", &keys).await;
    let role = json!({
        "role_type": "jwt", "user_claim": "sub", "bound_audiences": [cluster.audience()],
        "token_policies": ["app"], "token_ttl": "1h", "token_max_ttl": "2h",
    });
    scenario.write("auth/jwt/role/web", &role).await;
    let file = scenario.path("jwt");
    std::fs::write(&file, format!("{}\n", cluster.token())).unwrap();
    let mut config = config;
    config["path"] = json!(file);
    config["role"] = json!("web");
    let scenario = scenario.with_method(&json!({"type": "jwt", "config": config}));
    (with_secret(scenario).await, cluster)
}

#[test]
fn a_jwt_is_consumed_and_used_again() {
    run(async {
        let (mut scenario, _) = jwt(json!({})).await;
        lives_on(&mut scenario).await;
        assert!(!scenario.path("jwt").exists(), "the JWT is still there");
    });
}

#[test]
fn a_new_jwt_means_a_login_only_where_that_is_asked_for() {
    run(async {
        for (asked, most) in [(true, 2), (false, 1)] {
            let (mut scenario, cluster) = jwt(json!({"jwt_read_period": "5s"})).await;
            scenario.config["auto_auth"]["enable_reauth_on_new_credentials"] = json!(asked);
            scenario.server.journal().clear();
            let agent = scenario.start().await;
            agent.advance(60).await;
            assert_eq!(logins(&scenario), 1, "a consumed JWT was taken for a new one");
            std::fs::write(scenario.path("jwt"), cluster.token()).unwrap();
            agent.advance(6).await;
            assert_eq!(logins(&scenario), most);
            assert_eq!(scenario.path("jwt").exists(), !asked);
            assert!(agent.stop().await.is_ok());
        }
    });
}

/// An AppRole; answers its ids. Config: where the agent finds them.
async fn approle() -> (Scenario, String) {
    let scenario = Scenario::new().await;
    scenario.write("sys/auth/approle", &json!({"type": "approle"})).await;
    let role = json!({"token_policies": ["app"], "token_ttl": "1h", "token_max_ttl": "2h"});
    scenario.write("auth/approle/role/web", &role).await;
    let found = scenario.ask(Call::read("auth/approle/role/web/role-id")).await;
    std::fs::write(scenario.path("role-id"), found["data"]["role_id"].as_str().unwrap()).unwrap();
    let made = scenario.write("auth/approle/role/web/secret-id", &json!({})).await;
    let config = json!({
        "role_id_file_path": scenario.path("role-id"), "secret_id_file_path": scenario.path("secret-id"),
    });
    let scenario = scenario.with_method(&json!({"type": "approle", "config": config}));
    let secret_id = made["data"]["secret_id"].as_str().unwrap().to_owned();
    (with_secret(scenario).await, secret_id)
}

#[test]
fn a_secret_id_is_consumed_and_used_again() {
    run(async {
        let (mut scenario, secret_id) = approle().await;
        std::fs::write(scenario.path("secret-id"), secret_id).unwrap();
        lives_on(&mut scenario).await;
        assert!(!scenario.path("secret-id").exists(), "the secret id is still there");
    });
}

#[test]
fn a_secret_id_stays_where_it_is_to_stay() {
    run(async {
        let (mut scenario, secret_id) = approle().await;
        scenario.config["auto_auth"]["method"]["config"]["remove_secret_id_file_after_reading"] = json!("false");
        std::fs::write(scenario.path("secret-id"), secret_id).unwrap();
        lives_on(&mut scenario).await;
        assert!(scenario.path("secret-id").exists());
    });
}

/// Puts a wrapped secret id in the file, made at `path` as far as the configuration knows.
async fn wrapped(path: &str) -> Scenario {
    let (mut scenario, _) = approle().await;
    let call = Call::write("auth/approle/role/web/secret-id", &json!({})).unwrap();
    let made = scenario.ask(call.wrap_ttl(Duration::from_secs(600))).await;
    std::fs::write(scenario.path("secret-id"), made["wrap_info"]["token"].as_str().unwrap()).unwrap();
    scenario.config["auto_auth"]["method"]["config"]["secret_id_response_wrapping_path"] = json!(path);
    scenario
}

#[test]
fn a_wrapped_secret_id_is_unwrapped_once() {
    run(async {
        let mut scenario = wrapped("auth/approle/role/web/secret-id").await;
        lives_on(&mut scenario).await;
        assert_eq!(scenario.count("", "sys/wrapping/lookup"), 1);
        assert_eq!(scenario.count("", "sys/wrapping/unwrap"), 1);
    });
}

#[test]
fn a_secret_id_wrapped_elsewhere_is_not_trusted() {
    run(async {
        let mut scenario = wrapped("auth/approle/role/other/secret-id").await;
        scenario.config["auto_auth"]["method"]["exit_on_err"] = json!(true);
        scenario.server.journal().clear();
        let failure = scenario.start().await.end().await.unwrap_err();
        assert_eq!(failure.code().number(), 77);
        assert!(
            failure.to_string().contains("secret_id_response_wrapping_path"),
            "{failure}"
        );
        assert_eq!((scenario.count("", "sys/wrapping/unwrap"), logins(&scenario)), (0, 0));
    });
}

#[test]
fn a_password_is_consumed_and_used_again() {
    run(async {
        let scenario = Scenario::new().await;
        scenario.write("sys/auth/ldap", &json!({"type": "userpass"})).await;
        let user = json!({"password": "hunter2", "token_policies": ["app"], "token_ttl": "1h", "token_max_ttl": "2h"});
        scenario.write("auth/ldap/users/web", &user).await;
        let file = scenario.path("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let config = json!({"username": "web", "password_file_path": file});
        let mut scenario = with_secret(scenario.with_method(&json!({"type": "ldap", "config": config}))).await;
        lives_on(&mut scenario).await;
        assert!(!scenario.path("password").exists(), "the password is still there");
    });
}

/// A server that asks for client certificates, and an agent with one.
async fn certificate(reload: bool) -> (Scenario, Authority) {
    let authority = Authority::new("root");
    let shown = authority.issue("127.0.0.1");
    let tls = Tls {
        certificate_chain: shown.certificate,
        private_key: shown.key,
        ask_client: true,
    };
    let scenario = Scenario::with_server(Some(tls)).await;
    scenario.write("sys/auth/cert", &json!({"type": "cert"})).await;
    let role = json!({
        "certificate": authority.pem, "token_policies": ["app"], "token_ttl": "1h", "token_max_ttl": "2h",
    });
    scenario.write("auth/cert/certs/web", &role).await;
    let (ca, pair) = (scenario.path("ca.pem"), authority.issue("web.example"));
    std::fs::write(&ca, &authority.pem).unwrap();
    std::fs::write(scenario.path("crt"), pair.certificate).unwrap();
    std::fs::write(scenario.path("key"), pair.key).unwrap();
    let config = json!({
        "name": "web", "ca_cert": ca, "client_cert": scenario.path("crt"), "client_key": scenario.path("key"),
        "reload": reload, "reload_period": "30s",
    });
    let mut scenario = scenario.with_method(&json!({"type": "cert", "config": config}));
    scenario.config["vault"]["ca_cert"] = json!(ca);
    (with_secret(scenario).await, authority)
}

#[test]
fn a_client_certificate_logs_in() {
    run(async {
        let (mut scenario, _) = certificate(false).await;
        lives_on(&mut scenario).await;
    });
}

#[test]
fn a_renewed_client_certificate_means_a_login_where_that_is_asked_for() {
    run(async {
        let (mut scenario, authority) = certificate(true).await;
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        agent.advance(120).await;
        assert_eq!(logins(&scenario), 1);
        let pair = authority.issue("renewed.example");
        std::fs::write(scenario.path("crt"), pair.certificate).unwrap();
        std::fs::write(scenario.path("key"), pair.key).unwrap();
        agent.advance(31).await;
        assert_eq!(logins(&scenario), 2);
    });
}
