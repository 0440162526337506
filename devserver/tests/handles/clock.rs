//! Time passes only when the clock is moved.

use super::client::text;
use super::server;
use jiff::SignedDuration;

const DATABASE: &str = "
mounts: { database: { type: database } }
policies: { db: 'path \"database/*\" { capabilities = [\"read\"] }' }
write:
- path: database/config/shop
  data: { plugin_name: postgresql-database-plugin, connection_url: 'postgresql://h/d', allowed_roles: ['*'] }
- path: database/roles/shop
  data: { db_name: shop, default_ttl: 10m, max_ttl: 25m }
- path: database/static-roles/fixed
  data: { db_name: shop, username: fixed, rotation_period: 1h }
";

#[tokio::test]
async fn a_lease_is_renewed_up_to_its_maximum_and_ends() {
    let (server, client) = server(DATABASE).await;
    let lease = client.get("/v1/database/creds/shop").await.json();
    let id = text(&lease["lease_id"]).to_owned();
    assert_eq!(
        (&lease["lease_duration"], &lease["renewable"]),
        (&600.into(), &true.into())
    );
    let renew = format!(r#"{{"lease_id":"{id}"}}"#);
    for (minutes, duration) in [(8, 600), (8, 540), (8, 60)] {
        server.clock().jump(SignedDuration::from_mins(minutes));
        let renewed = client.put("/v1/sys/leases/renew", &renew).await.json();
        assert_eq!(
            renewed["lease_duration"], duration,
            "after {minutes} more minutes: {renewed}"
        );
    }
    server.clock().jump(SignedDuration::from_mins(1));
    assert!(server.leases("database/").is_empty());
    let answer = client.put("/v1/sys/leases/renew", &renew).await;
    assert_eq!(
        (answer.status, text(&answer.json()["errors"][0])),
        (400, "lease not found")
    );
}

#[tokio::test]
async fn a_token_takes_its_leases_with_it() {
    let (server, client) = server(DATABASE).await;
    let parent = client
        .put("/v1/auth/token/create", r#"{"policies":["db","default"],"ttl":"5m"}"#)
        .await
        .json();
    let parent = client.as_token(text(&parent["auth"]["client_token"]));
    parent.get("/v1/database/creds/shop").await;
    assert_eq!(server.leases("database/creds/shop/").len(), 1);
    server.clock().jump(SignedDuration::from_mins(5));
    assert!(server.leases("database/creds/shop/").is_empty());
    assert_eq!(parent.get("/v1/auth/token/lookup-self").await.status, 403);
}

#[tokio::test]
async fn a_static_password_changes_with_its_period() {
    let (server, client) = server(DATABASE).await;
    let first = client.get("/v1/database/static-creds/fixed").await.json()["data"].clone();
    assert_eq!((&first["username"], &first["ttl"]), (&"fixed".into(), &3600.into()));
    server.clock().jump(SignedDuration::from_mins(59));
    let same = client.get("/v1/database/static-creds/fixed").await.json()["data"].clone();
    assert_eq!((&same["password"], &same["ttl"]), (&first["password"], &60.into()));
    server.clock().jump(SignedDuration::from_mins(2));
    let next = client.get("/v1/database/static-creds/fixed").await.json()["data"].clone();
    assert_ne!(next["password"], first["password"]);
    assert_eq!(next["ttl"], 3540);
}
