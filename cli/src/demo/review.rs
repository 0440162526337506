//! The API server's side of admission: one AdmissionReview over TLS 1.3, the answer checked, the patch applied.

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_injector::offline::review;
use serde_json::Value;

const UID: &str = "705ab4f5-6393-11e8-b7cc-42010a800002";

/// What the webhook decided about a pod.
pub struct Admitted {
    /// The pod after the patch.
    pub pod: Value,
    /// How many operations the patch had.
    pub operations: usize,
    /// What kubectl would print.
    pub warnings: Vec<String>,
}

/// Asks the webhook at `url` about `pod`, trusting only the certificate authority `ca_pem`.
///
/// # Errors
/// When TLS does not come up against that authority, the answer is no review, or the pod is refused.
pub async fn admit(url: &str, ca_pem: &str, pod: &Value, namespace: &str) -> anyhow::Result<Admitted> {
    let answer: Value = serde_json::from_slice(&post(url, ca_pem, &review(pod, namespace, UID)).await?)
        .context("the webhook's answer is not JSON")?;
    let response = &answer["response"];
    if response["uid"] != UID {
        bail!("the webhook answered another request: uid {}", response["uid"]);
    }
    if response["allowed"] != true {
        bail!(
            "refused: {}",
            response["status"]["message"].as_str().unwrap_or("without a reason")
        );
    }
    let warnings = super::items(response, "/warnings")
        .filter_map(|text| Some(text.as_str()?.to_owned()))
        .collect();
    let Some(encoded) = response["patch"].as_str() else {
        bail!("the webhook left the pod as it is: it has no annotation vault.hashicorp.com/agent-inject: \"true\"");
    };
    let patch: json_patch::Patch =
        serde_json::from_slice(&STANDARD.decode(encoded)?).context("the patch is no JSON patch")?;
    let mut patched = pod.clone();
    json_patch::patch(&mut patched, &patch).context("the patch does not apply")?;
    Ok(Admitted {
        pod: patched,
        operations: patch.0.len(),
        warnings,
    })
}

async fn post(url: &str, ca_pem: &str, body: &Value) -> anyhow::Result<Vec<u8>> {
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(ca_pem.as_bytes())?])
        .tls_version_min(reqwest::tls::Version::TLS_1_3)
        .no_proxy()
        .build()?;
    let response = client
        .post(format!("{url}?timeout=10s"))
        .header("content-type", "application/json")
        .body(serde_json::to_vec(body)?)
        .send()
        .await
        .context("calling the webhook")?
        .error_for_status()?;
    Ok(response.bytes().await?.to_vec())
}
