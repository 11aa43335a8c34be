//! The S3 door's handler: every proven S3 request goes to the store of its principal.

use std::sync::Arc;

use async_trait::async_trait;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Method, Version};
use portico_clients::Client;
use portico_sdk::cache::{Change, Home, ResponseCache, s3_change};
use portico_sdk::clock::Clock;
use portico_sdk::forward::{Connection, Framing, Host, TransformFactory};
use portico_sdk::route::S3Target;
use portico_sdk::s3::Operation;
use portico_sdk::tokens::Tokens;
use portico_sdk::upstream::{Backend, Upstream, Upstreams};
use portico_sdk::{Body, Door, Error, Exchange, Forward, Handle, Handled, Principal, Reason};
use portico_sigv4::{KeyRack, PayloadMode, Verified};

use crate::body::{DECODED_LENGTH, Plan, ReplaceLocation, Sent};
use crate::document::{Documents, lacks_md5};
use crate::kept::{Kept, Read};
use crate::location::{StoreAddress, public_address};
use crate::outgoing::{Departure, Parcel};
use crate::passthrough::Passthrough;
use crate::preflight::{self, Preflight};
use crate::settings::Settings;
use crate::{region, rights_delete, rights_listing, strip};

/// Forwards S3 requests, signed again.
pub struct S3Door {
    upstreams: Arc<Upstreams>,
    departure: Departure,
    documents: Documents,
    preflight: Preflight,
    passthrough: Passthrough,
    kept: Option<Kept>,
    clock: Arc<dyn Clock>,
}

/// What the door is made of.
pub(crate) struct Parts {
    pub(crate) upstreams: Arc<Upstreams>,
    pub(crate) client: Client,
    pub(crate) tokens: Option<Arc<dyn Tokens>>,
    pub(crate) passthrough: Passthrough,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rack: Arc<KeyRack>,
    pub(crate) cache: Option<Arc<dyn ResponseCache>>,
}

/// A request that is ready to be sent, whichever way.
pub(crate) struct Dispatch<'a> {
    pub(crate) target: &'a S3Target,
    pub(crate) principal: &'a Principal,
    pub(crate) upstream: Upstream,
    pub(crate) promise: PayloadMode,
    pub(crate) plan: Plan,
}

impl S3Door {
    /// A door to these upstreams.
    #[must_use]
    pub(crate) fn new(settings: &Settings, parts: Parts) -> Self {
        let Parts {
            upstreams, clock, ..
        } = parts;
        let checksums = settings.checksums.stripped(&upstreams);
        let departure = Departure::new(&upstreams, checksums, parts.rack);
        let preflight = Preflight::new(Arc::clone(&upstreams), parts.tokens, departure.clone());
        let kept = parts.cache.map(|cache| Kept {
            cache,
            client: parts.client.clone(),
            departure: departure.clone(),
            clock: Arc::clone(&clock),
        });
        let documents = Documents::new(
            parts.client,
            departure.clone(),
            settings.max_document,
            Arc::clone(&clock),
        );
        Self {
            upstreams,
            departure,
            documents,
            preflight,
            passthrough: parts.passthrough,
            kept,
            clock,
        }
    }

    /// Requests that prove nothing here: preflights, and whatever is left to HCP.
    fn unclaimed(&self, exchange: &mut Exchange) -> Result<Option<Forward>, Error> {
        if let Some(target) = preflight::target(exchange)? {
            return self.preflight.forward(exchange, target).map(Some);
        }
        match (&exchange.principal, exchange.route.own_name.clone()) {
            (None, Some(own)) => self.passthrough.forward(exchange, &own).map(Some),
            _ => Ok(None),
        }
    }

    /// What of what is kept a request makes old, if it is carried out; whoever sees the answer tells
    /// the cache. A request that is refused here after this drops more than it must.
    fn change(&self, exchange: &Exchange) -> Option<Change> {
        self.kept.as_ref()?;
        let home = self.home(exchange);
        match &exchange.route.door {
            Door::S3(target) => s3_change(target, &home),
            // What other protocols write is one with what S3 shows.
            Door::Native if !exchange.head.method().is_safe() => Some(Change::default().s3(&home)),
            _ => None,
        }
    }

    /// The answer to a read that may be kept.
    async fn read(
        &self,
        exchange: &Exchange,
        dispatch: &Dispatch<'_>,
    ) -> Result<Option<Read>, Error> {
        let Some(kept) = &self.kept else {
            return Ok(None);
        };
        let cut = rights_listing::transform(dispatch.principal, dispatch.target.operation);
        kept.read(exchange, dispatch, self.home(exchange), cut)
            .await
    }

    fn home(&self, exchange: &Exchange) -> Home {
        Home::in_store(&self.upstreams, exchange.tenant())
    }

    /// Finds out where a request goes and what its body promises.
    fn dispatch<'a>(
        &self,
        exchange: &'a Exchange,
        target: &'a S3Target,
    ) -> Result<Dispatch<'a>, Error> {
        let principal = exchange
            .principal
            .as_ref()
            .ok_or_else(|| Error::new(Reason::NotAuthenticated))?;
        let tenant = exchange.route.tenant.as_ref().or(principal.tenant.as_ref());
        let upstream = self.upstreams.s3(tenant).map_err(|none| {
            Error::with_message(
                Reason::AccessDenied,
                "Neither the host nor the credential names a tenant.",
            )
            .because(none)
        })?;
        let verified = exchange.extensions.get::<Verified>();
        let promise = promise(exchange, verified)?;
        refuse_hidden_framing(exchange, promise)?;
        let chunked = verified.filter(|_| promise.has_signed_chunks());
        let plan = Plan::new(Sent {
            headers: exchange.head.headers(),
            mode: promise,
            // In HTTP/1 a request without any framing has no body (RFC 9112 section 6.3).
            empty: exchange.head.parts.version < Version::HTTP_2 && !is_framed(exchange),
            chunks: chunked.map(Verified::chunks),
            // There they speak of the object that the parts become.
            checksums_cover_body: target.operation != Operation::CompleteMultipartUpload,
            // HCP is told the same hash and checks it; not every other store does.
            check_payload_hash: self.upstreams.backend != Backend::Hcp,
        })?;
        Ok(Dispatch {
            target,
            principal,
            upstream,
            promise,
            plan,
        })
    }

    fn forward(&self, exchange: &Exchange, dispatch: &Dispatch<'_>) -> Result<Forward, Error> {
        let question = region::question(exchange, &self.upstreams);
        let mut changes = self.departure.prepare(&Parcel {
            head: question.as_ref().unwrap_or(&exchange.head),
            path: &dispatch.target.upstream_path,
            upstream: &dispatch.upstream,
            keys: &dispatch.principal.s3_keys(),
            payload: onward(dispatch.promise),
            decoded: dispatch.promise.is_streaming(),
            extra: Vec::new(),
            now: self.clock.now(),
        })?;
        let response_body = match question {
            Some(_) => Some(region::answer(&self.upstreams)),
            None => changed_answer(exchange, dispatch),
        };
        if response_body.is_some() {
            // Only what is readable here can be changed.
            changes.remove.push(ACCEPT_ENCODING);
        }
        Ok(Forward {
            upstream: dispatch.upstream.clone(),
            host: Host::Upstream,
            connection: Connection::Shared,
            target: Some(changes.target),
            remove: changes.remove,
            set: changes.set,
            framing: framing(exchange, &dispatch.plan),
            request_body: dispatch.plan.transform(),
            response_body,
        })
    }
}

#[async_trait]
impl Handle for S3Door {
    async fn handle(&self, exchange: &mut Exchange, body: Body) -> Result<Handled, Error> {
        if let Some(forward) = self.unclaimed(exchange)? {
            if let Some(change) = self.change(exchange) {
                exchange.extensions.insert(change);
            }
            return Ok(Handled::Forward(Box::new(forward)));
        }
        let target = match &exchange.route.door {
            Door::S3(target) => target,
            Door::Native => return Err(native()),
            Door::Rest { .. } | Door::Management(_) => return Ok(Handled::Next(body)),
        };
        if target.operation == Operation::Unknown {
            return Err(Error::new(Reason::MethodNotAllowed));
        }
        require_length(exchange, target.operation)?;
        if let Some(change) = self.change(exchange) {
            exchange.extensions.insert(change);
        }
        let dispatch = self.dispatch(exchange, target)?;
        if let Some(read) = self.read(exchange, &dispatch).await? {
            exchange.outcome.store_status = read.store_status;
            return Ok(Handled::Reply(read.reply));
        }
        let looked_at = rights_delete::rights(dispatch.principal, target.operation).is_some();
        if looked_at || dispatch.plan.is_empty() || lacks_md5(exchange, target.operation) {
            let reply = self.documents.send(exchange, &dispatch, body);
            let reply = Box::pin(reply).await?;
            exchange.outcome.store_status = Some(reply.status);
            return Ok(Handled::Reply(reply));
        }
        let forward = self.forward(exchange, &dispatch)?;
        let store = StoreAddress(forward.upstream.authority().into());
        exchange.extensions.insert(store);
        Ok(Handled::Forward(Box::new(forward)))
    }
}

/// `/rest`, `/hs3` and their like take HCP's own credentials, of which Portico's are none.
fn native() -> Error {
    Error::with_message(
        Reason::NotImplemented,
        "This address belongs to another protocol than S3. It takes HCP's own credentials, which \
         go on untouched, and none of Portico's.",
    )
}

/// AWS and HCP want to know how much data comes. Without any framing there would be none
/// (RFC 9112 section 6.3), and HTTP's chunks alone do not show whether they were cut: the engine
/// takes a chunk without a size for the last.
fn require_length(exchange: &Exchange, operation: Operation) -> Result<(), Error> {
    let stores = matches!(operation, Operation::PutObject | Operation::UploadPart);
    let headers = exchange.head.headers();
    let sized = headers.contains_key(CONTENT_LENGTH) || headers.contains_key(DECODED_LENGTH);
    if stores && !sized {
        return Err(Error::new(Reason::MissingContentLength));
    }
    Ok(())
}

/// What the client promised of its body; a bearer token signs nothing, so there the header counts
/// as it stands.
fn promise(exchange: &Exchange, verified: Option<&Verified>) -> Result<PayloadMode, Error> {
    if let Some(verified) = verified {
        return Ok(verified.payload());
    }
    let Some(text) = exchange.head.headers().get("x-amz-content-sha256") else {
        return Ok(PayloadMode::Unsigned);
    };
    let promise =
        PayloadMode::parse(text.as_bytes()).map_err(|error| crate::error::refused(&error))?;
    if promise.has_signed_chunks() {
        return Err(Error::with_message(
            Reason::InvalidRequest,
            "Signed chunks need a signed request.",
        ));
    }
    Ok(promise)
}

/// What Portico promises the store in turn: the client's own hash, which the store then checks,
/// or nothing, where the body on the wire is no longer the client's.
pub(crate) fn onward(promise: PayloadMode) -> PayloadMode {
    match promise {
        PayloadMode::Sha256(hash) => PayloadMode::Sha256(hash),
        _ => PayloadMode::Unsigned,
    }
}

/// What becomes of a success that cannot leave as it is.
fn changed_answer(exchange: &Exchange, dispatch: &Dispatch<'_>) -> Option<TransformFactory> {
    let operation = dispatch.target.operation;
    rights_listing::transform(dispatch.principal, operation).or_else(|| {
        answers_with_location(operation).then(|| replace_location(public_address(exchange)))
    })
}

/// Whether a success holds a `Location` element with the store's address.
fn answers_with_location(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CompleteMultipartUpload | Operation::PostObject
    )
}

/// A write without any framing has an empty body; the store is told so, because HCP answers 411
/// where the length is missing (RFC 9110 section 8.6).
fn framing(exchange: &Exchange, plan: &Plan) -> Framing {
    let writes = matches!(*exchange.head.method(), Method::PUT | Method::POST);
    if writes && !is_framed(exchange) {
        return Framing::Length(0);
    }
    plan.framing()
}

fn is_framed(exchange: &Exchange) -> bool {
    let headers = exchange.head.headers();
    headers.contains_key(CONTENT_LENGTH) || headers.contains_key(TRANSFER_ENCODING)
}

/// A body that says it is `aws-chunked` while the signature covers it as it stands would be
/// stored with its framing.
fn refuse_hidden_framing(exchange: &Exchange, promise: PayloadMode) -> Result<(), Error> {
    if strip::names_aws_chunked(exchange.head.headers()) && !promise.is_streaming() {
        let words = "aws-chunked needs one of the STREAMING values of x-amz-content-sha256.";
        return Err(Error::with_message(Reason::InvalidRequest, words));
    }
    Ok(())
}

fn replace_location(public: String) -> TransformFactory {
    Arc::new(move || Box::new(ReplaceLocation::new(&public)))
}
