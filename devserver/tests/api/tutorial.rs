//! The scenario of `examples/aws-lease`, step by step, with the server's clock moved by hand.

use coffret_devserver::{Clock, Options, Server};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::exchange::{Answer, Call, Target};

const SEED: &str = include_str!("../../../examples/aws-lease/seed.yaml");
const DAY: i64 = 24 * 3600;

async fn call(target: &Target, method: &str, path: &str, body: Value) -> Answer {
    let call = Call {
        method: method.to_owned(),
        path: format!("/v1/{path}"),
        token: Some(target.root_token.clone()),
        headers: Vec::new(),
        body: if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        },
    };
    target.send(call).await
}

#[tokio::test]
async fn cloud_credentials_live_as_their_leases_say() {
    let clock = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
    let options = Options {
        root_token: Some("root".to_owned()),
        seed: Some(SEED.to_owned()),
        clock: clock.clone(),
        ..Options::default()
    };
    let server = Server::start(options).await.expect("the seed is good");
    let target = Target::parse(server.url(), server.root_token());

    let first = call(&target, "GET", "aws/creds/deploy", Value::Null).await.body;
    let second = call(&target, "GET", "aws/creds/deploy", Value::Null).await.body;
    for credential in [&first, &second] {
        assert_eq!(credential["lease_duration"], DAY);
        assert_eq!(credential["renewable"], true);
    }
    assert_ne!(first["data"]["access_key"], second["data"]["access_key"]);
    assert_ne!(first["lease_id"], second["lease_id"]);

    clock.jump(SignedDuration::from_hours(2));
    let hour = json!({"lease_id": first["lease_id"], "increment": 3600});
    let renewed = call(&target, "PUT", "sys/leases/renew", hour).await.body;
    assert_eq!(renewed["lease_duration"], 3600);
    assert_eq!(server.leases("aws/").len(), 2);

    // The hour is over, the day is not.
    clock.jump(SignedDuration::from_secs(3601));
    let left = server.leases("aws/");
    assert_eq!(left.len(), 1);
    assert_eq!(Value::from(left[0].id.as_str()), second["lease_id"]);
    assert_eq!(left[0].seconds_left, Some(DAY - 2 * 3600 - 3601));

    // No renewal goes beyond a day after the issue.
    let more = json!({"lease_id": second["lease_id"], "increment": 2 * DAY});
    let renewed = call(&target, "PUT", "sys/leases/renew", more).await.body;
    assert_eq!(renewed["lease_duration"], DAY - 2 * 3600 - 3601);

    let revoked = call(&target, "PUT", "sys/leases/revoke-prefix/aws/creds/deploy", Value::Null).await;
    assert_eq!(revoked.status, 204);
    assert_eq!(server.leases("aws/").len(), 0);
    let gone = json!({"lease_id": second["lease_id"]});
    let looked_up = call(&target, "PUT", "sys/leases/lookup", gone).await;
    assert_eq!(
        (looked_up.status, looked_up.body),
        (400, json!({"errors": ["invalid lease"]}))
    );
}
