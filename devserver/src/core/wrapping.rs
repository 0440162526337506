//! Response wrapping: an answer is put into the cubbyhole of a token that can be used once, and only that token is given out.

use super::bare;
use super::mounts::MountBackend;
use super::policies::RESPONSE_WRAPPING_NAME;
use super::{Core, Envelope, TokenEntry, WrapInfo};
use crate::http_api;
use crate::json::{self, Object, Value};
use crate::logical::{Error, Operation, Reply, Request, Response};
use crate::object;
use std::sync::Arc;
use std::time::Duration;

/// Where in its cubbyhole a wrapping token holds the answer, and what is known about it.
const RESPONSE: &str = "cubbyhole/response";
const WRAP_INFO: &str = "cubbyhole/wrapinfo";
const NOT_VALID: &str = "wrapping token is not valid or does not exist";
/// Calls that take a wrapping token.
const TAKING_TOKENS: [&str; 3] = ["sys/wrapping/lookup", "sys/wrapping/rewrap", "sys/wrapping/unwrap"];

impl Core {
    /// Puts an answer behind a wrapping token where the request asks for it; `path` is the path as it was asked for.
    pub(crate) fn wrap_if_asked(&mut self, request: &Request, path: &str, response: Option<Response>) -> Reply {
        let (Some(ttl), Some(response)) = (request.wrap_ttl, &response) else {
            return Ok(response);
        };
        let empty = request.operation == Operation::List && super::replying::lists_nothing(response);
        if response.wrap_info.is_some() || empty {
            return Ok(Some(response.clone()));
        }
        let accessor = match &response.issued {
            Some(issued) => Some(issued.accessor.clone()),
            None => response
                .data
                .as_ref()
                .and_then(|data| data.get("secret_id_accessor"))
                .and_then(Value::as_str)
                .map(str::to_owned),
        };
        let response = match bare::held(response, &request.id) {
            Some(held) => Response::data(held),
            None => response.clone(),
        };
        let envelope = Envelope::of(response, &request.id);
        let text = http_api::envelope_text(envelope);
        let info = self.wrap(request, &text, path, ttl)?;
        let wrapped = Response {
            wrap_info: Some(WrapInfo {
                wrapped_accessor: accessor.unwrap_or_default(),
                ..info
            }),
            ..Response::default()
        };
        wrapped.reply()
    }

    /// Makes a wrapping token that holds this text.
    fn wrap(&mut self, request: &Request, text: &str, path: &str, ttl: Duration) -> Result<WrapInfo, Error> {
        let token = TokenEntry {
            policies: vec![RESPONSE_WRAPPING_NAME.to_owned()],
            path: path.to_owned(),
            num_uses: 1,
            creation_ttl: ttl,
            explicit_max_ttl: ttl,
            namespace: request.namespace.clone(),
            ..TokenEntry::default()
        };
        let token = self.create_token(token, false);
        let created = token.created.to_string();
        let info = object! {
            "creation_ttl" => ttl.as_secs(),
            "creation_time" => created.as_str(),
            "creation_path" => path,
        };
        self.cubbyhole(
            request,
            &token,
            Operation::Update,
            (RESPONSE, object! { "response" => text }),
        )?;
        self.cubbyhole(request, &token, Operation::Update, (WRAP_INFO, info))?;
        Ok(WrapInfo {
            token: token.id.clone(),
            accessor: token.accessor.clone(),
            ttl: ttl.as_secs(),
            creation_time: created,
            creation_path: path.to_owned(),
            wrapped_accessor: String::new(),
        })
    }

    /// A call to a token's cubbyhole.
    fn cubbyhole(
        &mut self,
        request: &Request,
        token: &Arc<TokenEntry>,
        operation: Operation,
        (path, data): (&str, Object),
    ) -> Reply {
        let full = format!("{}{path}", token.namespace);
        let mount = self.mounts.find(&full).map(|mounted| Arc::clone(&mounted.info));
        let mount = mount.ok_or_else(|| Error::internal("there is no cubbyhole"))?;
        let call = Request {
            operation,
            path: path[mount.path.len()..].to_owned(),
            data,
            namespace: token.namespace.clone(),
            token: Some(Arc::clone(token)),
            client_token: token.id.clone(),
            wrap_ttl: None,
            ..request.clone()
        };
        self.dispatch(&call, &mount, self.clock.now())
    }

    /// Refuses calls for a wrapping token that name none which is good, before anything else is asked.
    pub(crate) fn check_wrapping_token(&self, request: &Request) -> Result<(), Error> {
        if request.operation == Operation::Help || !TAKING_TOKENS.contains(&request.path.as_str()) {
            return Ok(());
        }
        if wrapping_token(request)?.is_empty() {
            return Err(Error::coded(403, "error validating wrapping token: token is empty"));
        }
        self.valid_wrapping_token(request).map(drop)
    }

    fn valid_wrapping_token(&self, request: &Request) -> Result<Arc<TokenEntry>, Error> {
        let token = self.valid_token(&wrapping_token(request)?, self.clock.now());
        let token = token.filter(|token| token.policies == [RESPONSE_WRAPPING_NAME]);
        token.ok_or_else(|| Error::response(NOT_VALID))
    }

    /// The held text, and what is known about it.
    fn held(&mut self, request: &Request, token: &Arc<TokenEntry>) -> Result<(String, Object), Error> {
        let mut read = |path| -> Result<Object, Error> {
            let found = self.cubbyhole(request, token, Operation::Read, (path, Object::new()))?;
            Ok(found.and_then(|found| found.data).unwrap_or_default())
        };
        let response = read(RESPONSE)?;
        let text = response
            .get("response")
            .and_then(Value::as_str)
            .ok_or_else(|| Error::response(NOT_VALID))?;
        Ok((text.to_owned(), read(WRAP_INFO)?))
    }

    /// Gives the held answer and ends the token.
    pub(crate) fn unwrap(&mut self, request: &Request) -> Reply {
        let token = self.valid_wrapping_token(request)?;
        let (text, _) = self.held(request, &token)?;
        self.revoke_token(&token.id);
        let response = Response {
            raw: Some(bare::given(text)),
            ..Response::default()
        };
        response.reply()
    }

    /// Tells what is known about a wrapping token.
    pub(crate) fn look_up_wrapping(&mut self, request: &Request) -> Reply {
        let token = self.valid_wrapping_token(request)?;
        let (_, info) = self.held(request, &token)?;
        Response::data(info).reply()
    }

    /// Moves the held answer to a new token and ends the old one.
    pub(crate) fn rewrap(&mut self, request: &Request) -> Reply {
        let token = self.valid_wrapping_token(request)?;
        let (text, info) = self.held(request, &token)?;
        self.revoke_token(&token.id);
        let path = info.get("creation_path").and_then(Value::as_str).unwrap_or_default();
        let mut wrapped = self.wrap(request, &text, path, token.creation_ttl)?;
        let held = json::parse(text.as_bytes()).unwrap_or_default();
        let accessor = held
            .get("auth")
            .and_then(|auth| auth.get("accessor"))
            .and_then(Value::as_str);
        wrapped.wrapped_accessor = accessor.unwrap_or_default().to_owned();
        let response = Response {
            wrap_info: Some(wrapped),
            ..Response::default()
        };
        response.reply()
    }

    /// Tells all engines that a token has ended.
    pub(crate) fn forget_cubbyhole(&mut self, token: &TokenEntry) {
        for mounted in self.mounts.values_mut() {
            if let MountBackend::Engine(engine) = &mut mounted.backend {
                engine.token_ended(token);
            }
        }
    }
}

/// The wrapping token that a call is about: the one in the body, else the caller's own.
fn wrapping_token(request: &Request) -> Result<String, Error> {
    match request.data.get("token") {
        None | Some(Value::Null) => Ok(request.client_token.clone()),
        Some(Value::String(text)) if text.is_empty() => Err(Error::coded(
            403,
            "error validating wrapping token: empty token in request body",
        )),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(Error::coded(
            403,
            "error validating wrapping token: could not decode token in request body",
        )),
    }
}
