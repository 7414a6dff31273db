//! The C functions of `hermes_native/http_sender.h`.

use super::boundary::{HnHttpField, field_map, give_fields, give_taken};
use super::exchange::Chunk;
use super::outgoing::Outgoing;
use super::request::BodyEnd;
use crate::error::{HnBytes, HnError, HnErrorKind, HnStr, guard, guard_infallible};
use crate::wasm::waker::HnWaker;
use http::StatusCode;
use std::ffi::c_void;
use std::sync::Arc;
use std::time::Duration;
use wasmtime_wasi_http::Error;

/// `hn_http_sender`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnHttpSender {
    data: *mut c_void,
    send: unsafe extern "C" fn(*mut c_void, *mut HnHttpOutgoing),
    max_requests_per_call: u32,
    answer_window_bytes: u32,
}

// SAFETY: the embedder promises that its function may be called from any thread.
unsafe impl Send for HnHttpSender {}
unsafe impl Sync for HnHttpSender {}

const MIN_WINDOW_BYTES: u32 = 4 * 1024;
const MAX_WINDOW_BYTES: u32 = 64 * 1024 * 1024;

impl HnHttpSender {
    pub fn checked(self) -> Result<Self, HnError> {
        if (MIN_WINDOW_BYTES..=MAX_WINDOW_BYTES).contains(&self.answer_window_bytes) {
            return Ok(self);
        }
        let message = format!(
            "answer_window_bytes is {}; it must be {MIN_WINDOW_BYTES} to {MAX_WINDOW_BYTES}",
            self.answer_window_bytes
        );
        Err(HnError::new(HnErrorKind::InvalidArgument, message))
    }

    pub fn max_requests_per_call(&self) -> usize {
        self.max_requests_per_call as usize
    }

    pub fn answer_window(&self) -> usize {
        self.answer_window_bytes as usize
    }

    pub fn send(&self, request: HnHttpOutgoing) {
        // SAFETY: the contract of hn_http_sender.
        unsafe { (self.send)(self.data, Box::into_raw(Box::new(request))) };
    }
}

/// `hn_http_outgoing`.
pub struct HnHttpOutgoing(Arc<Outgoing>);

impl HnHttpOutgoing {
    pub fn new(outgoing: Arc<Outgoing>) -> Self {
        HnHttpOutgoing(outgoing)
    }
}

/// `hn_http_outgoing_head`.
#[repr(C)]
pub struct HnHttpOutgoingHead {
    method: HnStr,
    scheme: HnStr,
    authority: HnStr,
    path_with_query: HnStr,
    field_count: usize,
    has_body: bool,
    connect_time_ns: u64,
    first_byte_time_ns: u64,
    between_bytes_time_ns: u64,
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_get_head(
    request: *const HnHttpOutgoing,
    out: *mut HnHttpOutgoingHead,
) {
    // SAFETY: the caller passes a live request and a variable.
    let request = unsafe { &(*request).0 };
    let uri = &request.head.uri;
    let text = |text: &str| HnStr::of(text.as_bytes());
    let nanoseconds = |time: Option<Duration>| {
        time.map_or(u64::MAX, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    };
    let head = HnHttpOutgoingHead {
        method: text(request.head.method.as_str()),
        scheme: text(uri.scheme_str().unwrap_or("")),
        authority: text(uri.authority().map_or("", |authority| authority.as_str())),
        path_with_query: text(uri.path_and_query().map_or("", |path| path.as_str())),
        field_count: request.fields.len(),
        has_body: request.has_body,
        connect_time_ns: nanoseconds(request.options.connect_timeout),
        first_byte_time_ns: nanoseconds(request.options.first_byte_timeout),
        between_bytes_time_ns: nanoseconds(request.options.between_bytes_timeout),
    };
    // SAFETY: as above.
    unsafe { out.write(head) };
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_fields(
    request: *const HnHttpOutgoing,
    out: *mut HnHttpField,
) {
    // SAFETY: the caller passes a live request, and room for all fields.
    unsafe { give_fields(&(&(*request).0).fields, out) };
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_watch(
    request: *mut HnHttpOutgoing,
    waker: HnWaker,
) {
    // SAFETY: the caller passes a live request.
    guard_infallible(|| unsafe { &(*request).0 }.watch(&waker.keep()));
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_deserted(request: *const HnHttpOutgoing) -> bool {
    // SAFETY: the caller passes a live request.
    guard_infallible(|| unsafe { &(*request).0 }.is_deserted())
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_take(
    request: *mut HnHttpOutgoing,
    out: *mut *mut Chunk,
) -> i32 {
    // SAFETY: the caller passes a live request and a variable.
    guard_infallible(|| unsafe { give_taken((&(*request).0).take(), out) })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_trailer_count(
    request: *const HnHttpOutgoing,
) -> usize {
    // SAFETY: the caller passes a live request.
    unsafe { &(*request).0 }.trailers().len()
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_trailers(
    request: *const HnHttpOutgoing,
    out: *mut HnHttpField,
) {
    // SAFETY: the caller passes a live request, and room for all trailers.
    unsafe { give_fields((&(*request).0).trailers(), out) };
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_respond(
    request: *mut HnHttpOutgoing,
    status: u16,
    fields: *const HnHttpField,
    field_count: usize,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and the fields are valid for the call.
        let (request, fields) = unsafe { (&(*request).0, field_map(fields, field_count)?) };
        let mut response = http::Response::new(());
        *response.status_mut() = StatusCode::from_u16(status).map_err(|_| {
            HnError::new(
                HnErrorKind::InvalidArgument,
                format!("{status} is no status of HTTP; it must be 100 to 999"),
            )
        })?;
        *response.headers_mut() = fields;
        request.respond(response);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_push(
    request: *mut HnHttpOutgoing,
    data: HnBytes,
) -> usize {
    guard_infallible(|| {
        // SAFETY: live, and the bytes are valid for the call.
        let (request, data) = unsafe { (&(*request).0, data.bytes()) };
        request.push(data)
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_finish(
    request: *mut HnHttpOutgoing,
    trailers: *const HnHttpField,
    trailer_count: usize,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and the fields are valid for the call.
        let (request, trailers) = unsafe { (&(*request).0, field_map(trailers, trailer_count)?) };
        request.end_body(BodyEnd::Finished((!trailers.is_empty()).then_some(trailers)));
        Ok(())
    })
}

/// `hn_http_error`.
fn error(code: i32, message: String) -> Error {
    match code {
        1 => Error::DnsTimeout,
        2 => Error::DnsError { rcode: None, info_code: None },
        3 => Error::DestinationUnavailable,
        4 => Error::DestinationIpProhibited,
        5 => Error::ConnectionRefused,
        6 => Error::ConnectionTerminated,
        7 => Error::ConnectionTimeout,
        8 => Error::ConnectionReadTimeout,
        9 => Error::ConnectionLimitReached,
        10 => Error::TlsProtocolError,
        11 => Error::TlsCertificateError,
        12 => Error::HttpRequestDenied,
        13 => Error::HttpRequestBodySize(None),
        14 => Error::HttpRequestMethodInvalid,
        15 => Error::HttpRequestUriInvalid,
        16 => Error::HttpResponseIncomplete,
        17 => Error::HttpResponseHeaderSectionSize(None),
        18 => Error::HttpResponseBodySize(None),
        19 => Error::HttpProtocolError,
        _ => Error::InternalError((!message.is_empty()).then_some(message)),
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_fail(
    request: *mut HnHttpOutgoing,
    code: i32,
    message: HnStr,
) {
    guard_infallible(|| {
        // SAFETY: live, and the text is valid for the call.
        let (request, message) = unsafe { (&(*request).0, message.bytes()) };
        request.fail(error(code, String::from_utf8_lossy(message).into_owned()));
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_outgoing_delete(request: *mut HnHttpOutgoing) {
    if !request.is_null() {
        // SAFETY: the caller gives it up.
        guard_infallible(|| unsafe { Box::from_raw(request) }.0.leave());
    }
}
