//! Annotation values come from anyone who may create a pod.

use std::sync::Arc;

use coffret_config::annotations::table::Form;
use coffret_injector::offline::review;
use coffret_injector::webhook::{State, router};
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::webhook::{pod, settings};

#[tokio::test]
async fn huge_and_strange_values_never_break_the_answer() {
    let settings = settings(&[]);
    let state = Arc::new(State::new(settings.defaults.clone(), &settings.serve));
    let strange = [
        "\"".repeat(50),
        "${HCL}".to_owned(),
        "$(id) `id` ; | & > <".to_owned(),
        "\n\r\t\u{0}\u{7f}\u{2028}".to_owned(),
        "{{".repeat(1000),
        "[".repeat(5000),
        "{\"a\":".repeat(200),
        "../".repeat(300),
        "9".repeat(5000),
        "1e999999".to_owned(),
        "x".repeat(1 << 16),
        "\u{1f980}".repeat(1000),
        "-0".to_owned(),
        "0x1p-2".to_owned(),
        "NaN".to_owned(),
        "inf".to_owned(),
    ];
    for row in coffret_config::annotations::table::TABLE {
        for value in &strange {
            let named = format!("{}-x", row.key);
            for key in [if row.form == Form::Single { row.key } else { &named }] {
                let mut annotations = json!({"coffret.dev/agent-inject": "true", "coffret.dev/role": "r", "coffret.dev/agent-inject-secret-x": "s"});
                annotations[format!("coffret.dev/{key}")] = json!(value);
                let body = review(&pod(&annotations), "shop", "u").to_string();
                let response = router(Arc::clone(&state))
                    .oneshot(Request::post("/mutate").body(axum::body::Body::from(body)).unwrap())
                    .await
                    .unwrap();
                let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
                let answer: Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(answer["response"]["uid"], "u", "{key}");
                assert_ne!(answer["response"]["status"]["code"], 500, "{key}");
            }
        }
    }
}
