//! The client against a real server, where there is one: `COFFRET_TEST_VAULT_ADDR` and `COFFRET_TEST_VAULT_TOKEN`.

use std::time::Duration;

use coffret_vault::{Address, Call, Client, Error, Failure, Operation, Settings, Token};
use serde_json::{Value, json};

/// The server that the environment names; says so when it names none.
fn server() -> Option<(Client, Token)> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let named = variable("COFFRET_TEST_VAULT_ADDR").zip(variable("COFFRET_TEST_VAULT_TOKEN"));
    let Some((address, token)) = named else {
        eprintln!("SKIPPED: COFFRET_TEST_VAULT_ADDR and COFFRET_TEST_VAULT_TOKEN name no real server");
        return None;
    };
    let settings = Settings::new(Address::parse(&address, "COFFRET_TEST_VAULT_ADDR").unwrap());
    Some((Client::new(settings).unwrap(), Token::new(&token).unwrap()))
}

/// A mount of this test run alone.
async fn mount(client: &Client, root: &Token, kind: &str, options: Value) -> String {
    let name = format!("client-{kind}-{}", std::process::id());
    let body = json!({ "type": kind, "options": options });
    let _ = client
        .send(&Call::new(Operation::Delete, format!("sys/mounts/{name}")).token(root))
        .await;
    client
        .send(&Call::write(format!("sys/mounts/{name}"), &body).unwrap().token(root))
        .await
        .unwrap();
    name
}

#[tokio::test]
async fn secrets_are_written_read_listed_and_deleted() {
    let Some((client, root)) = server() else { return };
    let kv = mount(&client, &root, "kv", json!({"version": "2"})).await;
    let found = client.mount(&root, &format!("{kv}/app")).await.unwrap();
    assert_eq!((found.path, found.versioned), (format!("{kv}/"), true));
    let path = format!("{kv}/data/app/a b%2e?é");
    let value = json!({"data": {"password": "p\n\"é", "n": 1}});
    client
        .send(&Call::write(&path, &value).unwrap().token(&root))
        .await
        .unwrap();
    let read: Value = client
        .send(&Call::read(&path).query("version", "1").token(&root))
        .await
        .unwrap()
        .data()
        .unwrap();
    assert_eq!(read["data"], value["data"]);
    let list = Call::list(format!("{kv}/metadata/app")).token(&root);
    let names: Value = client.send(&list).await.unwrap().data().unwrap();
    assert_eq!(names["keys"], json!(["a b%2e?é"]));
    client
        .send(&Call::new(Operation::Delete, &path).token(&root))
        .await
        .unwrap();
    let gone = client.send(&Call::read(&path).token(&root)).await.unwrap();
    assert!(
        !gone.is_found() && !gone.body().is_empty(),
        "a deleted version is an answer"
    );
    let never = client
        .send(&Call::read(format!("{kv}/data/never")).token(&root))
        .await
        .unwrap_err();
    assert_eq!(never.failure(), Failure::NotFound);
    client
        .send(&Call::new(Operation::Delete, format!("sys/mounts/{kv}")).token(&root))
        .await
        .unwrap();
}

#[tokio::test]
async fn tokens_live_and_die() {
    let Some((client, root)) = server() else { return };
    let body = json!({"ttl": "1h", "policies": ["default"], "renewable": true});
    let made = client
        .send(&Call::write("auth/token/create", &body).unwrap().token(&root))
        .await
        .unwrap();
    let token = made.envelope().unwrap().auth.unwrap().client_token.unwrap();
    let info = client.lookup_self(&token).await.unwrap();
    assert!(info.renewable && info.ttl <= Duration::from_secs(3600));
    let renewed = client.renew_self(&token, Duration::from_secs(600)).await.unwrap();
    assert_eq!(renewed.lease_duration, Duration::from_secs(600));
    let denied = client.send(&Call::read("sys/mounts").token(&token)).await.unwrap_err();
    assert_eq!(denied.failure(), Failure::NotAuthorised);
    client.revoke_self(&token).await.unwrap();
    assert_eq!(
        client.lookup_self(&token).await.unwrap_err().failure(),
        Failure::NotAuthorised
    );
}

#[tokio::test]
async fn answers_are_wrapped_and_unwrapped_once() {
    let Some((client, root)) = server() else { return };
    let wrapped = client
        .wrap(&root, &json!({"a": "b"}), Duration::from_secs(60))
        .await
        .unwrap();
    assert_eq!(
        (wrapped.ttl, wrapped.creation_path.as_str()),
        (Duration::from_secs(60), "sys/wrapping/wrap")
    );
    assert_eq!(
        client.wrapping_lookup(&wrapped.token).await.unwrap().creation_path,
        "sys/wrapping/wrap"
    );
    let data: Value = client.unwrap_answer(&wrapped.token).await.unwrap().data().unwrap();
    assert_eq!(data, json!({"a": "b"}));
    let again = client.unwrap_answer(&wrapped.token).await.unwrap_err();
    assert!(matches!(again, Error::Server(_)) && !again.is_transient(), "{again}");
}
