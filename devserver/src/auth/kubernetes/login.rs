//! `login`.

use super::config::Config;
use super::role::Role;
use super::{Kubernetes, selector};
use crate::auth::jws::{Expected, Token};
use crate::auth::outside::asked;
use crate::engine::{Call, Context, Outbound};
use crate::json::{self, Object, Value};
use crate::logical::{Error, Reply, Request, Response};
use crate::object;
use std::collections::BTreeMap;

/// Who a token says it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Account {
    name: String,
    namespace: String,
    uid: String,
    secret: String,
}

impl Account {
    /// From the claims of a bound token, or of one of the old kind that came from a Secret.
    fn of(token: &Token<'_>) -> Self {
        let old = |name: &str| token.text(&format!("kubernetes.io/serviceaccount/{name}")).to_owned();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut account = Self {
            name: old("service-account.name"),
            namespace: old("namespace"),
            uid: old("service-account.uid"),
            secret: old("secret.name"),
        };
        if let Some(bound) = token.claims.get("kubernetes.io") {
            account.namespace = text(bound.get("namespace"));
            if let Some(of) = bound.get("serviceaccount") {
                account.name = text(of.get("name"));
                account.uid = text(of.get("uid"));
            }
        }
        account
    }
}

impl Kubernetes {
    pub(super) fn login(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (name, jwt) = (call.string("role"), call.string("jwt"));
        for (field, text) in [("role", &name), ("jwt", &jwt)] {
            if text.is_empty() {
                return Err(Error::response(format!("missing {field}")));
            }
        }
        let role = self
            .role(&name)
            .ok_or_else(|| Error::response(format!("invalid role name {name:?}")))?;
        role.parameters.check_address(call)?;
        let config = self
            .config
            .as_ref()
            .ok_or_else(|| Error::internal("could not load backend configuration"))?;
        let token = validate(config, role, &jwt, context)?;
        let account = Account::of(&token);
        judge(config, role, &account, call.request)?;
        if account.uid.is_empty() {
            return Err(Error::internal("could not parse UID from claims"));
        }
        if config.keys.is_empty() {
            review(config, role, &token, &account, (&jwt, call.request))?;
        }
        let mut metadata = BTreeMap::from([
            ("service_account_uid".to_owned(), account.uid.clone()),
            ("service_account_name".to_owned(), account.name.clone()),
            ("service_account_namespace".to_owned(), account.namespace.clone()),
            ("service_account_secret_name".to_owned(), account.secret.clone()),
        ]);
        let mut auth = role.parameters.auth(call);
        auth.alias_metadata = metadata.clone();
        metadata.insert("role".to_owned(), name.clone());
        auth.metadata = metadata;
        auth.display_name = format!("{}-{}", account.namespace, account.name);
        auth.alias = match role.alias_source.as_str() {
            "serviceaccount_name" => format!("{}/{}", account.namespace, account.name),
            _ => account.uid,
        };
        auth.internal = object! { "role" => name };
        Response {
            auth: Some(auth),
            ..Response::default()
        }
        .reply()
    }
}

fn validate<'t>(config: &Config, role: &Role, jwt: &'t str, context: &Context<'_>) -> Result<Token<'t>, Error> {
    let token = Token::read(jwt).map_err(|_| Error::denied())?;
    if !config.keys.is_empty() && !token.signed_by(&config.keys) {
        return Err(Error::denied());
    }
    if !matches!(
        token.algorithm.as_str(),
        "RS256" | "RS384" | "RS512" | "ES256" | "ES384" | "ES512"
    ) {
        return Err(Error::denied());
    }
    let expected = Expected {
        issuer: if config.any_issuer {
            String::new()
        } else {
            config.issuer.clone()
        },
        audiences: if role.audience.is_empty() {
            Vec::new()
        } else {
            vec![role.audience.clone()]
        },
        timeless: true,
        ..Expected::default()
    };
    expected
        .check(&token, context.now)
        .map_err(|text| Error::coded(403, text))?;
    Ok(token)
}

/// Whether the role takes the account.
fn judge(config: &Config, role: &Role, account: &Account, request: &Request) -> Result<(), Error> {
    if !Role::listed(&role.names, &account.name) {
        return Err(Error::coded(403, "service account name not authorized"));
    }
    if Role::listed(role.namespaces.as_deref().unwrap_or_default(), &account.namespace) {
        return Ok(());
    }
    let refused = |why: String| Error::coded(403, format!("namespace not authorized{why}"));
    if role.selector.is_empty() {
        return Err(refused(String::new()));
    }
    let labels = labels(config, account, request)?.map_err(|why| refused(format!(" err={why}")))?;
    match selector::parse(&role.selector).is_some_and(|selector| selector.fits(&labels)) {
        true => Ok(()),
        false => Err(refused(String::new())),
    }
}

/// The labels of the account's namespace. The outer error is the question itself.
fn labels(
    config: &Config,
    account: &Account,
    request: &Request,
) -> Result<Result<BTreeMap<String, String>, String>, Error> {
    if config.reviewer.is_empty() {
        let why = "namespace lookup failed: TokenReviewer JWT needs to be configured to use namespace selectors";
        return Ok(Err(why.to_owned()));
    }
    let host = config.host.trim_end_matches('/');
    let answer = asked(
        request,
        Outbound {
            url: format!("{host}/api/v1/namespaces/{}", account.namespace),
            bearer: config.reviewer.clone(),
            body: None,
            ca: config.ca.clone(),
        },
    )?;
    Ok(match &answer.result {
        Ok((200, body)) => {
            let namespace = json::parse(body).unwrap_or_default();
            let labels = namespace.get("metadata").and_then(|metadata| metadata.get("labels"));
            let labels = labels.and_then(Value::as_object).into_iter().flatten();
            Ok(labels
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())))
                .collect())
        }
        Ok((status, _)) => Err(format!("failed to get namespace (code {status})")),
        Err(why) => Err(why.clone()),
    })
}

/// Asks the API server about the token.
fn review(
    config: &Config,
    role: &Role,
    token: &Token<'_>,
    account: &Account,
    (jwt, request): (&str, &Request),
) -> Result<(), Error> {
    let wanted = if role.audience.is_empty() {
        token.audiences()
    } else {
        vec![role.audience.clone()]
    };
    let spec = object! { "token" => jwt, "audiences" => wanted.clone() };
    let body = object! {
        "kind" => "TokenReview",
        "apiVersion" => "authentication.k8s.io/v1",
        "spec" => spec,
    };
    let bearer = if config.reviewer.is_empty() {
        jwt.to_owned()
    } else {
        config.reviewer.clone()
    };
    let answer = asked(
        request,
        Outbound {
            url: format!(
                "{}/apis/authentication.k8s.io/v1/tokenreviews",
                config.host.trim_end_matches('/')
            ),
            bearer,
            body: Some(Value::Object(body).to_string()),
            ca: config.ca.clone(),
        },
    )?;
    match &answer.result {
        Ok((200..=206, body)) => match json::parse(body) {
            Ok(Value::Object(review)) if confirms(&review, account, &wanted) => Ok(()),
            _ => Err(Error::denied()),
        },
        _ => Err(Error::denied()),
    }
}

/// Whether a TokenReview says that the token is this account's, for one of the audiences.
fn confirms(review: &Object, account: &Account, wanted: &[String]) -> bool {
    let Some(status) = review.get("status") else {
        return false;
    };
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let user = status.get("user");
    let audiences = status.get("audiences").and_then(Value::as_array).unwrap_or_default();
    let audience_fits = wanted.is_empty()
        || audiences
            .iter()
            .any(|one| one.as_str().is_some_and(|one| wanted.iter().any(|w| w == one)));
    status.get("authenticated").and_then(Value::as_bool) == Some(true)
        && text(status.get("error")).is_empty()
        && text(user.and_then(|user| user.get("username")))
            == format!("system:serviceaccount:{}:{}", account.namespace, account.name)
        && text(user.and_then(|user| user.get("uid"))) == account.uid
        && audience_fits
}
