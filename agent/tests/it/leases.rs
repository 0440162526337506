//! Dynamic credentials over months: renewed while they may be, succeeded before they end, never asked for twice.

use serde_json::json;

use crate::scenario::{Agent, Scenario, run};

const CREDENTIAL: &str = r#"{{ with secret "database/creds/app" }}{{ .Data.username }} {{ .Data.password }}{{ end }}"#;
const STATIC: &str = r#"{{ with secret "secret/app" }}{{ .Data.data.v }}{{ end }}"#;

/// A pod that logs in with its service account and uses one credential and one static secret.
async fn pod(token_max: &str, lease: &str, lease_max: &str) -> Scenario {
    let scenario = Scenario::new()
        .await
        .with_kubernetes("1h", token_max)
        .await
        .with_database(lease, lease_max)
        .await;
    scenario.put("app", json!({"v": "1"})).await;
    let scenario = scenario.template("credential", CREDENTIAL).template("static", STATIC);
    scenario.server.journal().clear();
    scenario
}

fn issued(scenario: &Scenario) -> usize {
    scenario.count("GET", "database/creds/app")
}

/// Lets time pass in small steps; at each one the credential in the file must be alive on the server.
async fn watch(scenario: &Scenario, agent: &Agent, minutes: u64) -> Vec<String> {
    let mut seen = vec![scenario.read("credential")];
    for _ in 0..minutes {
        agent.advance(60).await;
        let now = scenario.read("credential");
        assert!(agent.is_running() && !now.starts_with('<'));
        assert!(
            !scenario.server.leases("database/creds/app").is_empty(),
            "no lease is alive at {:?}",
            agent.clock.elapsed()
        );
        if seen.last() != Some(&now) {
            seen.push(now);
        }
    }
    seen
}

#[test]
fn the_start_takes_one_request_for_each_thing() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await;
        scenario.start().await;
        let requests: Vec<String> = scenario
            .server
            .journal()
            .entries()
            .into_iter()
            .map(|entry| format!("{} {}", entry.method, entry.path))
            .collect();
        assert_eq!(requests.len(), 5, "{requests:?}");
        assert_eq!(scenario.count("PUT", "auth/kubernetes/login"), 1);
        assert_eq!(scenario.count("", "sys/internal/ui/mounts/*"), 2);
    });
}

#[test]
fn a_lease_is_renewed_for_its_whole_life_and_succeeded_before_its_end() {
    run(async {
        let mut scenario = pod("0", "1h", "10h").await;
        let agent = scenario.start().await;
        let seen = watch(&scenario, &agent, 9 * 60).await;
        assert_eq!(seen.len(), 1, "the credential changed while it could be renewed");
        let renewals = scenario.count("PUT", "sys/leases/renew");
        assert!((11..=15).contains(&renewals), "{renewals} renewals in nine hours");
        scenario.put("app", json!({"v": "2"})).await;
        scenario.server.journal().clear();
        let seen = watch(&scenario, &agent, 11 * 60).await;
        assert!(seen.len() >= 2, "no successor");
        assert!(
            issued(&scenario) <= 2,
            "{} credentials in eleven hours",
            issued(&scenario)
        );
        assert_eq!(scenario.read("static"), "2");
        let others = scenario.total() - scenario.count("GET", "secret/data/app");
        assert!(
            others <= 50,
            "{others} requests in eleven hours beside the static reads"
        );
    });
}

#[test]
fn a_token_at_its_maximum_is_succeeded_with_all_that_hangs_on_it() {
    run(async {
        let mut scenario = pod("2h", "1h", "24h").await;
        let agent = scenario.start().await;
        watch(&scenario, &agent, 10 * 60).await;
        let (logins, credentials) = (scenario.count("PUT", "auth/kubernetes/login"), issued(&scenario));
        assert!((5..=9).contains(&logins), "{logins} logins in ten hours");
        // Two hours of a token: a login, its credential, and of each a renewal every 40 minutes; static reads each minute.
        let others = scenario.total() - scenario.count("GET", "secret/data/app");
        assert!(others <= 70, "{others} requests in ten hours beside the static reads");
        assert!(
            credentials <= logins + 1,
            "{credentials} credentials for {logins} logins"
        );
        assert_eq!(scenario.read("static"), "1");
    });
}

#[test]
fn a_token_revoked_behind_our_back_is_replaced() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await;
        let agent = scenario.start().await;
        let before = scenario.read("credential");
        scenario
            .write("auth/token/revoke", &json!({"token": scenario.read("sink")}))
            .await;
        scenario.put("app", json!({"v": "2"})).await;
        scenario.server.journal().clear();
        agent.advance(90).await;
        assert_eq!(scenario.read("static"), "2");
        assert_ne!(scenario.read("credential"), before);
        assert_eq!(scenario.count("PUT", "auth/kubernetes/login"), 1);
        assert_eq!(issued(&scenario), 1);
        assert!(
            scenario.server.journal().total() <= 10,
            "{:?}",
            scenario.server.journal().entries()
        );
        assert!(!scenario.server.leases("database/creds/app").is_empty());
    });
}

#[test]
fn a_lease_revoked_behind_our_back_is_replaced_and_the_token_kept() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await;
        let agent = scenario.start().await;
        let before = scenario.read("credential");
        scenario.server.revoke_leases("database/creds/app");
        agent.advance(3_600).await;
        assert_ne!(scenario.read("credential"), before);
        assert_eq!(
            (issued(&scenario), scenario.count("PUT", "auth/kubernetes/login")),
            (2, 1)
        );
    });
}

#[test]
fn a_lease_that_may_not_be_renewed_is_succeeded_in_time() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await;
        let agent = scenario.start().await;
        use coffret_devserver::faults::{Effect, Fault};
        scenario
            .server
            .faults()
            .add(Fault::on("sys/leases/renew", Effect::status(403, "permission denied")));
        watch(&scenario, &agent, 240).await;
        let renewals = scenario.count("PUT", "sys/leases/renew");
        assert!(renewals <= 6, "{renewals} renewals against a wall");
        assert!(issued(&scenario) <= 6, "{} credentials", issued(&scenario));
    });
}

#[test]
fn an_outage_longer_than_the_lease_ends_with_one_new_credential() {
    run(async {
        let mut scenario = pod("24h", "10m", "24h").await;
        let agent = scenario.start().await;
        let before = scenario.read("credential");
        scenario.server.set_sealed(true);
        scenario.server.journal().clear();
        agent.advance(1_800).await;
        assert_eq!(
            scenario.read("credential"),
            before,
            "a file was touched during the outage"
        );
        assert!(
            scenario.server.journal().total() < 150,
            "{} requests",
            scenario.server.journal().total()
        );
        scenario.server.set_sealed(false);
        scenario.put("app", json!({"v": "2"})).await;
        scenario.server.journal().clear();
        agent.advance(120).await;
        assert_ne!(scenario.read("credential"), before);
        assert_eq!(scenario.read("static"), "2");
        assert_eq!(issued(&scenario), 1);
    });
}

#[test]
fn stopping_revokes_the_token_and_its_leases_when_asked() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await;
        scenario
            .environment
            .push(("COFFRET_REVOKE_ON_EXIT".into(), "true".into()));
        let agent = scenario.start().await;
        assert_eq!(scenario.server.leases("database/").len(), 1);
        agent.stop().await.unwrap();
        assert!(scenario.server.leases("database/").is_empty());
        assert_eq!(scenario.count("PUT", "auth/token/revoke-self"), 1);
    });
}

#[test]
fn a_failed_start_leaves_no_token_behind() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await.template("broken", "{{ mustEnv \"NO\" }}");
        scenario
            .environment
            .push(("COFFRET_START_DEADLINE".into(), "30s".into()));
        let agent = scenario.start().await;
        agent.advance(31).await;
        assert_eq!(agent.end().await.unwrap_err().code().number(), 65);
        assert!(scenario.server.leases("database/").is_empty() && scenario.server.leases("auth/kubernetes").is_empty());
    });
}

#[test]
fn a_login_refused_names_role_mount_and_address() {
    run(async {
        let mut scenario = pod("24h", "1h", "24h").await;
        scenario.config["auto_auth"]["method"]["config"]["role"] = json!("nobody");
        let agent = scenario.start().await;
        scenario.server.journal().clear();
        agent.advance(299).await;
        let logins = scenario.count("PUT", "auth/kubernetes/login");
        assert!(logins <= 15, "{logins} logins with a wrong role");
        agent.advance(2).await;
        let failure = agent.end().await.unwrap_err();
        let text = failure.to_string();
        assert_eq!(failure.code().number(), 77);
        for part in ["role \"nobody\"", "auth/kubernetes", scenario.server.url()] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    });
}

/// A pod in classic mode: an init container, then a sidecar.
async fn classic() -> Scenario {
    let mut scenario = pod("24h", "1h", "24h").await;
    let file = scenario.path("shared").join("handover");
    std::fs::create_dir(scenario.path("shared")).unwrap();
    scenario
        .environment
        .push(("COFFRET_HANDOVER_FILE".into(), file.display().to_string()));
    let mut scenario = scenario.set("exit_after_auth", json!(true));
    scenario.launch().end().await.unwrap();
    assert!(file.exists());
    scenario.set("exit_after_auth", json!(false))
}

#[test]
fn a_sidecar_goes_on_where_the_init_container_ended() {
    run(async {
        let mut scenario = classic().await;
        let before = (scenario.read("credential"), scenario.read("sink"));
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        assert_eq!(
            scenario.server.journal().total(),
            0,
            "{:?}",
            scenario.server.journal().entries()
        );
        assert_eq!((scenario.read("credential"), scenario.read("sink")), before);
        watch(&scenario, &agent, 180).await;
        assert_eq!(issued(&scenario), 0);
        scenario.put("app", json!({"v": "2"})).await;
        agent.advance(60).await;
        assert_eq!(scenario.read("static"), "2");
    });
}

#[test]
fn a_handover_that_cannot_be_opened_means_a_login() {
    run(async {
        let mut scenario = classic().await;
        scenario.rotate_service_account_token();
        scenario.server.journal().clear();
        let agent = scenario.start().await;
        assert_eq!(
            (scenario.count("PUT", "auth/kubernetes/login"), issued(&scenario)),
            (1, 1)
        );
        assert!(agent.is_running());
    });
}

#[test]
fn two_files_of_one_certificate_belong_together() {
    run(async {
        let scenario = Scenario::new().await;
        scenario.write("sys/mounts/pki", &json!({"type": "pki"})).await;
        let root = json!({"common_name": "root", "key_type": "ec", "key_bits": 256});
        scenario.write("pki/root/generate/internal", &root).await;
        let role = json!({"allow_any_name": true, "key_type": "ec", "key_bits": 256});
        scenario.write("pki/roles/web", &role).await;
        let policy = json!({"policy": "path \"pki/issue/web\" { capabilities = [\"update\"] }"});
        scenario.write("sys/policies/acl/app", &policy).await;
        let ask = r#"pkiCert "pki/issue/web" "common_name=web.example""#;
        let mut scenario = scenario
            .with_token("24h", "0")
            .await
            .template(
                "certificate",
                &format!("{{{{ with {ask} }}}}{{{{ .Cert }}}}{{{{ end }}}}"),
            )
            .template(
                "both",
                &format!("{{{{ with {ask} }}}}{{{{ .Cert }}}}{{{{ .Key }}}}{{{{ end }}}}"),
            );
        scenario.start().await;
        assert_eq!(
            scenario.count("PUT", "pki/issue/web"),
            1,
            "one certificate for both files"
        );
        assert!(scenario.read("both").starts_with(&scenario.read("certificate")));
    });
}
