//! Policies whose paths hold the caller's identity.

use super::client::text;
use super::server;

#[tokio::test]
async fn a_template_opens_the_path_of_the_entity_only() {
    let seed = "mounts: { kv: { type: kv } }\nauth: { people: { type: userpass } }\nwrite:\n- { path: kv/ann/a, data: { b: c } }\n\
                - { path: kv/bob/a, data: { b: c } }\n- { path: auth/people/users/ann, data: { password: x, token_policies: own } }\n";
    let (_server, client) = server(seed).await;
    let accessor = client.get("/v1/sys/auth").await.json()["data"]["people/"]["accessor"].clone();
    let rule = format!(
        r#"{{"policy":"path \"kv/{{{{identity.entity.aliases.{}.name}}}}/*\" {{ capabilities = [\"read\"] }}"}}"#,
        text(&accessor)
    );
    assert_eq!(client.put("/v1/sys/policies/acl/own", &rule).await.status, 204);
    let login = client
        .put("/v1/auth/people/login/ann", r#"{"password":"x"}"#)
        .await
        .json();
    let ann = client.as_token(text(&login["auth"]["client_token"]));
    assert_eq!(ann.get("/v1/kv/ann/a").await.status, 200);
    assert_eq!(ann.get("/v1/kv/bob/a").await.status, 403);
    let entity = format!("/v1/identity/entity/id/{}", text(&login["auth"]["entity_id"]));
    assert_eq!(ann.get(&entity).await.json()["data"]["aliases"][0]["name"], "ann");
}
