use std::path::Path;

use super::*;
use coffret_config::agent::{Jwt, Kubernetes};
use std::time::Duration;

fn method(kind: MethodKind) -> Method {
    Method {
        kind,
        mount_path: "auth/m".into(),
        namespace: None,
        wrap_ttl: None,
        min_backoff: None,
        max_backoff: None,
        exit_on_err: false,
    }
}

fn sent(method: &Method, memory: &mut Memory) -> (String, String) {
    match prepare(method, memory).unwrap() {
        Attempt::Send { path, body } => (path, String::from_utf8(body.0.to_vec()).unwrap()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_service_account_token_is_read_each_time_and_trimmed() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("token");
    let method = method(MethodKind::Kubernetes(Kubernetes {
        role: "web".into(),
        token_path: file.clone(),
    }));
    for token in ["one", "two"] {
        std::fs::write(&file, format!("{token}\n")).unwrap();
        let (path, body) = sent(&method, &mut Memory::default());
        assert_eq!(path, "auth/m/login");
        assert_eq!(body, format!(r#"{{"role":"web","jwt":"{token}"}}"#));
    }
    std::fs::write(&file, "\n").unwrap();
    let error = prepare(&method, &mut Memory::default()).unwrap_err().to_string();
    assert!(
        error.contains("service account token") && error.contains("is empty"),
        "{error}"
    );
}

#[test]
fn a_consumed_jwt_is_removed_and_remembered() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("jwt");
    std::fs::write(&path, "j1").unwrap();
    let jwt = Jwt {
        path: path.clone(),
        role: "r".into(),
        removal: Removal::Remove,
        read_period: Duration::ZERO,
    };
    let (method, mut memory) = (method(MethodKind::Jwt(jwt)), Memory::default());
    assert!(sent(&method, &mut memory).1.contains("j1"));
    assert!(!path.exists());
    assert!(sent(&method, &mut memory).1.contains("j1"));
    std::fs::write(&path, "j2").unwrap();
    assert!(sent(&method, &mut memory).1.contains("j2"));
}

fn approle(place: &Path, wrapping: Option<&str>) -> Method {
    std::fs::write(place.join("role"), "rid").unwrap();
    method(MethodKind::AppRole(AppRole {
        role_id_file: place.join("role"),
        secret_id_file: Some(place.join("secret")),
        remove_secret_id_file: true,
        secret_id_wrapping_path: wrapping.map(str::to_owned),
    }))
}

#[test]
fn a_secret_id_outlives_its_file() {
    let place = tempfile::tempdir().unwrap();
    let (method, mut memory) = (approle(place.path(), None), Memory::default());
    assert!(prepare(&method, &mut memory).is_err());
    std::fs::write(place.path().join("secret"), "sid").unwrap();
    let body = r#"{"role_id":"rid","secret_id":"sid"}"#;
    assert_eq!(sent(&method, &mut memory).1, body);
    assert!(!place.path().join("secret").exists());
    assert_eq!(sent(&method, &mut memory).1, body);
}

#[test]
fn a_wrapped_secret_id_is_unwrapped_once() {
    let place = tempfile::tempdir().unwrap();
    let (method, mut memory) = (
        approle(place.path(), Some("auth/approle/role/r/secret-id")),
        Memory::default(),
    );
    std::fs::write(place.path().join("secret"), "wrap").unwrap();
    assert!(matches!(prepare(&method, &mut memory).unwrap(), Attempt::Unwrap { .. }));
    memory.remember_secret_id(SecretString::from("sid"));
    assert!(sent(&method, &mut memory).1.contains("sid"));
}

#[test]
fn bodies_are_not_printed() {
    assert_eq!(
        format!("{:?}", Body(Zeroizing::new(b"hvs.x".to_vec()))),
        "Body([redacted])"
    );
}
