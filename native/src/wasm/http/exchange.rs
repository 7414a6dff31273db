//! What the call and the embedder share of one exchange.

use super::request::{BodyOwner, RequestBody, RequestSide};
use super::response::{ResponseSide, Taken};
use crate::error::{HnError, HnErrorKind};
use crate::wasm::state::CallState;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use wasmtime::component::Resource;
use wasmtime::{Error, Result};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HyperOutgoingBody;
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostResponseOutparam};

/// Parameters of `wasi:http/incoming-handler#handle`.
pub type HandleParameters = (Resource<HostIncomingRequest>, Resource<HostResponseOutparam>);

/// A panic under one of these locks is reported where it happens; the data is consistent at each step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// `hn_http_failure`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    None = 0,
    Guest = 1,
    NoResponse = 2,
    Body = 3,
    Call = 4,
    Cancelled = 5,
}

/// Why there is no (more) response.
pub struct Failure {
    pub kind: FailureKind,
    pub message: String,
}

/// Fields in the order in which they are given out.
pub type Fields = Vec<(HeaderName, HeaderValue)>;

pub fn in_order(map: HeaderMap) -> Fields {
    let mut name = None;
    let named = map.into_iter().map(|(next, value)| {
        // The name comes with the first of its values only.
        name = next.or(name.take());
        (name.clone().expect("the first value has a name"), value)
    });
    named.collect()
}

/// Status and fields of the response.
pub struct Head {
    pub status: u16,
    pub fields: Fields,
}

/// The request as the guest finds it, until a call takes it.
pub struct RequestHead {
    pub scheme: Scheme,
    pub request: http::Request<()>,
}

/// One request and its response. Owned by the embedder's handle, by the call, and by what the guest reads.
pub struct Exchange {
    head: Mutex<Option<RequestHead>>,
    response_window: usize,
    pub request: Mutex<RequestSide>,
    pub response: Mutex<ResponseSide>,
    response_head: OnceLock<Head>,
    trailers: OnceLock<Fields>,
    failure: OnceLock<Failure>,
}

impl Exchange {
    pub fn new(
        head: RequestHead,
        request: RequestSide,
        response: ResponseSide,
        response_window: usize,
    ) -> Self {
        Exchange {
            head: Mutex::new(Some(head)),
            response_window,
            request: Mutex::new(request),
            response: Mutex::new(response),
            response_head: OnceLock::new(),
            trailers: OnceLock::new(),
            failure: OnceLock::new(),
        }
    }

    /// Makes the parameters of the guest's function in its store.
    pub fn enter(self: &Arc<Self>, state: &mut CallState) -> Result<HandleParameters> {
        let Some(head) = lock(&self.head).take() else {
            return Err(Error::new(HnError::new(
                HnErrorKind::InvalidArgument,
                "the HTTP exchange was given to a call before",
            )));
        };
        state.set_response_window(self.response_window);
        let mut view = state.http();
        let request = head.request.map(|()| RequestBody(self.clone()));
        let request = view.new_incoming_request(head.scheme, request)?;
        let exchange = self.clone();
        let response = view.new_response_outparam_from_callback(move |answer| {
            exchange.set(answer);
        })?;
        Ok((request, response))
    }

    /// Whether a call has begun to serve it.
    pub fn is_entered(&self) -> bool {
        lock(&self.head).is_none()
    }

    /// The guest has set its response.
    fn set(&self, answer: std::result::Result<http::Response<HyperOutgoingBody>, ErrorCode>) {
        let response = match answer {
            Ok(response) => response,
            Err(code) => {
                let message = format!("the guest answered with an error: {code:?}");
                return self.fail(FailureKind::Guest, message);
            }
        };
        let (parts, body) = response.into_parts();
        let head = Head { status: parts.status.as_u16(), fields: in_order(parts.headers) };
        // It is set once: the guest gives its handle up with it.
        let _ = self.response_head.set(head);
        let waker = lock(&self.response).set(body);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The guest has returned. An error when it did so without an answer.
    pub fn returned(&self) -> Result<()> {
        if self.failure.get().is_some() || lock(&self.response).is_set() {
            return Ok(());
        }
        let message = "the guest returned without setting a response \
                       (wasi:http/types#[static]response-outparam.set)";
        self.fail(FailureKind::NoResponse, message.to_string());
        Err(Error::new(HnError::new(HnErrorKind::Trap, message)))
    }

    /// There will be no more of the response than the guest has written. The first reason counts. The guest's store
    /// must still be there, so that a body that was finished can be told from one that was not.
    pub fn fail(&self, kind: FailureKind, message: String) {
        let _ = self.failure.set(Failure { kind, message });
        let waker = lock(&self.response).settle();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    pub fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    pub fn response_head(&self) -> Option<&Head> {
        self.response_head.get()
    }

    /// The next piece of the response body.
    pub fn take(&self) -> Taken {
        let mut side = lock(&self.response);
        let taken = side.take();
        match &taken {
            Taken::GivenUp => {
                let message = "the guest gave up its response body before it was complete";
                let _ = self
                    .failure
                    .set(Failure { kind: FailureKind::Body, message: message.to_string() });
            }
            Taken::End => {
                self.trailers.get_or_init(|| side.trailers().cloned().map_or(Vec::new(), in_order));
            }
            Taken::Pending | Taken::Chunk(_) | Taken::Broken => {}
        }
        taken
    }

    /// After the end of the body.
    pub fn trailers(&self) -> &[(HeaderName, HeaderValue)] {
        self.trailers.get().map_or(&[], |fields| fields)
    }

    /// The embedder is gone.
    pub fn leave(&self) {
        let (guest, embedder) = lock(&self.request).leave();
        if let Some(guest) = guest {
            guest.wake();
        }
        let rest = lock(&self.response).leave();
        // Dropping what is left closes the guest's stream and wakes it: not under the lock.
        drop((embedder, rest));
    }
}

impl BodyOwner for Exchange {
    fn body(&self) -> &Mutex<RequestSide> {
        &self.request
    }
}

/// `hn_http_chunk`.
pub struct Chunk(pub Bytes);
