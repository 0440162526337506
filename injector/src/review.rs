//! AdmissionReviews, read and written as raw JSON: whatever arrives, a well-formed review goes back.

mod lean;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_config::annotations::Skip;
use serde_json::{Map, Value, json};

use crate::mutate::Outcome;

/// What the review asks about.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// `apiVersion` and `kind` to answer with.
    pub version: (String, String),
    /// The request's identity, repeated in the answer.
    pub uid: String,
    /// The request's namespace; empty where there is none.
    pub namespace: String,
    /// The pod, or why there is nothing to look at.
    pub subject: Subject,
}

/// The object of a review.
#[derive(Debug, Clone, PartialEq)]
pub enum Subject {
    /// A pod about to be created.
    Pod(Value),
    /// Something this webhook has nothing to say about.
    Other(&'static str),
    /// A request that cannot be understood.
    Broken(String),
}

impl Question {
    /// Reads a request body; every body gives a question that can be answered.
    #[must_use]
    pub fn read(body: &[u8]) -> Question {
        if body.is_empty() {
            return Question::broken("Empty request body".to_owned());
        }
        match lean::read(body) {
            Ok(Value::Object(review)) => Question::from_review(review),
            Ok(_) => Question::broken("error decoding admission request: not a JSON object".to_owned()),
            Err(error) => Question::broken(format!("error decoding admission request: {error}")),
        }
    }

    /// A question about nothing, answered with a reason.
    #[must_use]
    pub fn broken(reason: String) -> Question {
        Question {
            version: v1(),
            uid: String::new(),
            namespace: String::new(),
            subject: Subject::Broken(reason),
        }
    }

    fn from_review(mut review: Map<String, Value>) -> Question {
        let word = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let version = match (word(review.get("apiVersion")), word(review.get("kind"))) {
            (api, kind) if api.is_empty() && kind.is_empty() => v1(),
            named => named,
        };
        let Some(Value::Object(mut request)) = review.remove("request") else {
            let subject = Subject::Broken("the review has no request".to_owned());
            return Question {
                version,
                uid: String::new(),
                namespace: String::new(),
                subject,
            };
        };
        let subject = subject(&mut request);
        Question {
            version,
            uid: word(request.get("uid")),
            namespace: word(request.get("namespace")),
            subject,
        }
    }
}

fn v1() -> (String, String) {
    ("admission.k8s.io/v1".to_owned(), "AdmissionReview".to_owned())
}

fn subject(request: &mut Map<String, Value>) -> Subject {
    let word = |request: &Map<String, Value>, key: &str| {
        request.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if !matches!(word(request, "operation").as_str(), "" | "CREATE") {
        return Subject::Other("not_a_creation");
    }
    if !word(request, "subResource").is_empty() {
        return Subject::Other("subresource");
    }
    let kind = request
        .get("kind")
        .and_then(|kind| kind.get("kind"))
        .and_then(Value::as_str)
        .unwrap_or("Pod");
    if kind != "Pod" {
        return Subject::Other("not_a_pod");
    }
    match request.remove("object") {
        Some(pod @ Value::Object(_)) => Subject::Pod(pod),
        None | Some(Value::Null) => Subject::Broken("the request has no object".to_owned()),
        Some(_) => Subject::Broken("the request's object is not a pod".to_owned()),
    }
}

/// What a decision means for the one who asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whether the pod is admitted.
    pub allowed: bool,
    /// Why not.
    pub message: Option<String>,
    /// The HTTP-like code of a request that could not be looked at.
    pub code: Option<u16>,
    /// The patch as JSON.
    pub patch: Option<String>,
    /// Lines for the user.
    pub warnings: Vec<String>,
    /// What the audit log gets.
    pub audit: Vec<(&'static str, String)>,
}

impl Answer {
    /// A request that could not be looked at.
    #[must_use]
    pub fn broken(code: u16, message: &str) -> Answer {
        Answer {
            allowed: false,
            message: Some(message.to_owned()),
            code: Some(code),
            ..Answer::admitted()
        }
    }

    /// Admitted as it is.
    #[must_use]
    pub fn admitted() -> Answer {
        Answer {
            allowed: true,
            message: None,
            code: None,
            patch: None,
            warnings: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// The answer of a decision.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Answer {
        match outcome {
            Outcome::Patched {
                patch,
                warnings,
                inherited,
                injection,
            } => {
                let origins: Vec<String> = inherited
                    .iter()
                    .map(|(key, origin)| format!("{key}={}", origin.text()))
                    .collect();
                let mut audit = vec![("injection", injection.text().to_owned())];
                if !origins.is_empty() {
                    audit.push(("inherited", origins.join(",")));
                }
                let patch = serde_json::to_string(patch).ok();
                Answer {
                    patch,
                    warnings: warnings.clone(),
                    audit,
                    ..Answer::admitted()
                }
            }
            Outcome::Skipped { reason, warnings } => {
                let warnings = if *reason == Skip::NotRequested {
                    warnings.clone()
                } else {
                    Vec::new()
                };
                Answer {
                    warnings,
                    ..Answer::admitted()
                }
            }
            Outcome::Refused { message, hint, .. } => {
                let warnings = hint.iter().cloned().collect();
                Answer {
                    allowed: false,
                    message: Some(message.clone()),
                    warnings,
                    ..Answer::admitted()
                }
            }
        }
    }

    /// The review to send back.
    #[must_use]
    pub fn into_review(self, question: &Question) -> Value {
        let mut response = json!({"uid": question.uid, "allowed": self.allowed});
        if let Some(message) = self.message {
            response["status"] = json!({"metadata": {}, "message": message});
            if let Some(code) = self.code {
                response["status"]["code"] = json!(code);
            }
        }
        if let Some(patch) = self.patch {
            response["patchType"] = json!("JSONPatch");
            response["patch"] = json!(STANDARD.encode(patch));
        }
        if !self.warnings.is_empty() {
            response["warnings"] = self
                .warnings
                .iter()
                .take(MOST_WARNINGS)
                .map(|line| json!(shorten(line)))
                .collect();
        }
        if !self.audit.is_empty() {
            response["auditAnnotations"] = self
                .audit
                .into_iter()
                .map(|(key, value)| (key.to_owned(), json!(value)))
                .collect();
        }
        json!({"apiVersion": question.version.0, "kind": question.version.1, "response": response})
    }
}

/// More would be cut by the API server.
const MOST_WARNINGS: usize = 16;

/// The API server cuts warnings above 256 characters; ours end with a sign that something is missing.
fn shorten(line: &str) -> String {
    let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= 250 {
        line
    } else {
        line.chars().take(249).chain(std::iter::once('…')).collect()
    }
}
