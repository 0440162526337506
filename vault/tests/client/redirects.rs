//! Standbys point to the active node.

use coffret_vault::{Call, Client, Error, Token};

use crate::fake::{Fake, Reply, json};

fn to(location: String) -> Reply {
    Reply::Answer(307, vec![("location", location)], String::new())
}

fn call() -> Call {
    Call::write("auth/x/login", &serde_json::json!({"jwt": "j"}))
        .unwrap()
        .token(&Token::new("hvs.secret").unwrap())
}

#[tokio::test]
async fn one_redirect_is_followed_with_method_body_and_token() {
    let active = Fake::start(|_| json(200, r#"{"data":1}"#)).await;
    let location = format!("{}/v1/auth/x/login", active.address);
    let standby = Fake::start(move |_| to(location.clone())).await;
    standby.client().send(&call()).await.unwrap();
    let seen = active.only();
    assert_eq!(
        (seen.line.as_str(), seen.body.as_str()),
        ("PUT /v1/auth/x/login", r#"{"jwt":"j"}"#)
    );
    assert_eq!(seen.header("x-vault-token"), Some("hvs.secret"));
}

#[tokio::test]
async fn a_second_redirect_is_refused() {
    let last = Fake::start(|_| json(200, "{}")).await;
    let location = format!("{}/v1/auth/x/login", last.address);
    let middle = Fake::start(move |_| to(location.clone())).await;
    let location = format!("{}/v1/auth/x/login", middle.address);
    let first = Fake::start(move |_| to(location.clone())).await;
    let error = first.client().send(&call()).await.unwrap_err();
    assert!(
        error.to_string().contains("it is the second redirect in a row"),
        "{error}"
    );
    assert_eq!((middle.seen().len(), last.seen().len()), (1, 0));
}

#[tokio::test]
async fn the_token_goes_nowhere_else() {
    let thief = Fake::start(|_| json(200, "{}")).await;
    for location in ["/v1/elsewhere", "/v1/auth/x/login?take=it", "/"] {
        let location = format!("{}{location}", thief.address);
        let server = Fake::start(move |_| to(location.clone())).await;
        let error = server.client().send(&call()).await.unwrap_err();
        assert!(
            matches!(error, Error::Redirect { .. }) && !error.is_transient(),
            "{error}"
        );
        assert!(error.to_string().contains(&thief.address), "{error}");
    }
    assert_eq!(thief.seen().len(), 0);
}

#[tokio::test]
async fn redirects_can_be_turned_off() {
    let active = Fake::start(|_| json(200, "{}")).await;
    let location = format!("{}/v1/auth/x/login", active.address);
    let standby = Fake::start(move |_| to(location.clone())).await;
    let mut settings = standby.settings();
    settings.disable_redirects = true;
    let error = Client::new(settings).unwrap().send(&call()).await.unwrap_err();
    assert!(error.to_string().contains("redirects are turned off"), "{error}");
    assert_eq!(active.seen().len(), 0);
}
