//! The C functions of `hermes_native/http.h`.

use super::exchange::{Chunk, Exchange, FailureKind, Fields, RequestHead, lock};
use super::request::{BodyEnd, RequestSide};
use super::response::{ResponseSide, Taken};
use crate::error::{HnBytes, HnError, HnErrorKind, HnStr, guard, guard_infallible};
use crate::wasm::waker::HnWaker;
use http::uri::{Authority, PathAndQuery, Uri};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::sync::Arc;
use wasmtime_wasi_http::Error;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

/// `hn_http_field`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HnHttpField {
    name: HnStr,
    value: HnBytes,
}

/// `hn_http_request`.
#[repr(C)]
pub struct HnHttpRequest {
    method: HnStr,
    scheme: HnStr,
    authority: HnStr,
    path_with_query: HnStr,
    fields: *const HnHttpField,
    field_count: usize,
}

/// `hn_http_exchange_options`.
#[repr(C)]
pub struct HnHttpExchangeOptions {
    request_window_bytes: u32,
    response_window_bytes: u32,
    request_waker: HnWaker,
    response_waker: HnWaker,
}

/// `hn_http_exchange`.
pub struct HnHttpExchange(Arc<Exchange>);

/// `hn_http_handle`.
pub struct HnHttpHandle(pub(crate) Arc<Exchange>);

/// `hn_http_poll`.
const PENDING: i32 = 0;
const READY: i32 = 1;
const END: i32 = 2;
const FAILED: i32 = 3;

/// `hn_http_poll` for what was taken, which goes to `out`.
///
/// # Safety
/// `out` is the caller's variable.
pub unsafe fn give_taken(taken: Taken, out: *mut *mut Chunk) -> i32 {
    match taken {
        Taken::Pending => PENDING,
        Taken::Chunk(bytes) => {
            // SAFETY: the caller's contract.
            unsafe { *out = Box::into_raw(Box::new(Chunk(bytes))) };
            READY
        }
        Taken::End => END,
        Taken::GivenUp | Taken::Broken => FAILED,
    }
}

const MAX_WINDOW_BYTES: u32 = 64 * 1024 * 1024;
const MIN_REQUEST_WINDOW_BYTES: u32 = 4 * 1024;
const MIN_RESPONSE_WINDOW_BYTES: u32 = 64 * 1024;

fn invalid(message: String) -> HnError {
    HnError::new(HnErrorKind::InvalidArgument, message)
}

fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 80;
    bytes[..bytes.len().min(MOST)].escape_ascii().to_string()
}

/// # Safety
/// `fields` are `count` fields that are valid for the call.
pub unsafe fn field_map(fields: *const HnHttpField, count: usize) -> Result<HeaderMap, HnError> {
    let mut map = HeaderMap::new();
    if count == 0 {
        return Ok(map);
    }
    // SAFETY: the caller's contract.
    for field in unsafe { std::slice::from_raw_parts(fields, count) } {
        let (name, value) = unsafe { (field.name.bytes(), field.value.bytes()) };
        let name = HeaderName::from_bytes(name)
            .map_err(|_| invalid(format!("'{}' is no name of an HTTP field", shown(name))))?;
        let value = HeaderValue::from_bytes(value).map_err(|_| {
            invalid(format!("'{}' is no value of the HTTP field {name}", shown(value)))
        })?;
        map.try_append(name, value)
            .map_err(|_| invalid(format!("{count} HTTP fields; that is too many")))?;
    }
    Ok(map)
}

/// # Safety
/// What `request` refers to is valid for the call.
unsafe fn request_head(request: &HnHttpRequest) -> Result<RequestHead, HnError> {
    // SAFETY: the caller's contract.
    let (method, scheme, authority, path) = unsafe {
        (
            request.method.bytes(),
            request.scheme.bytes(),
            request.authority.bytes(),
            request.path_with_query.bytes(),
        )
    };
    let method = Method::from_bytes(method)
        .map_err(|_| invalid(format!("'{}' is no HTTP method", shown(method))))?;
    let (scheme, uri_scheme) = match scheme {
        b"http" => (Scheme::Http, http::uri::Scheme::HTTP),
        b"https" => (Scheme::Https, http::uri::Scheme::HTTPS),
        other => {
            return Err(invalid(format!("scheme '{}'; it is http or https", shown(other))));
        }
    };
    let authority = Authority::try_from(authority)
        .map_err(|_| invalid(format!("'{}' is no HTTP authority", shown(authority))))?;
    let path = if path.is_empty() { b"/" } else { path };
    let path = PathAndQuery::try_from(path)
        .map_err(|_| invalid(format!("'{}' is no path of a URL", shown(path))))?;
    let mut parts = http::uri::Parts::default();
    parts.scheme = Some(uri_scheme);
    parts.authority = Some(authority);
    parts.path_and_query = Some(path);
    let uri = Uri::from_parts(parts).map_err(|error| invalid(format!("no URL: {error}")))?;
    let mut head = http::Request::new(());
    *head.method_mut() = method;
    *head.uri_mut() = uri;
    *head.headers_mut() = unsafe { field_map(request.fields, request.field_count)? };
    Ok(RequestHead { scheme, request: head })
}

fn window(name: &str, bytes: u32, least: u32) -> Result<usize, HnError> {
    if (least..=MAX_WINDOW_BYTES).contains(&bytes) {
        return Ok(bytes as usize);
    }
    Err(invalid(format!("{name} is {bytes}; it must be {least} to {MAX_WINDOW_BYTES}")))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_exchange_new(
    request: *const HnHttpRequest,
    options: *const HnHttpExchangeOptions,
    out: *mut *mut HnHttpExchange,
) -> *mut HnError {
    guard(|| {
        // SAFETY: the caller passes live objects and a variable.
        let (request, options) = unsafe { (&*request, &*options) };
        let request_window =
            window("request_window_bytes", options.request_window_bytes, MIN_REQUEST_WINDOW_BYTES)?;
        let response_window = window(
            "response_window_bytes",
            options.response_window_bytes,
            MIN_RESPONSE_WINDOW_BYTES,
        )?;
        let exchange = Exchange::new(
            unsafe { request_head(request)? },
            RequestSide::new(request_window, options.request_waker.keep()),
            ResponseSide::new(options.response_waker.keep()),
            response_window,
        );
        unsafe { *out = Box::into_raw(Box::new(HnHttpExchange(Arc::new(exchange)))) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_exchange_delete(exchange: *mut HnHttpExchange) {
    if !exchange.is_null() {
        // SAFETY: the caller gives it up.
        guard_infallible(|| unsafe { Box::from_raw(exchange) }.0.leave());
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_handle_new(
    exchange: *const HnHttpExchange,
) -> *mut HnHttpHandle {
    // SAFETY: the caller passes a live exchange.
    guard_infallible(|| Box::into_raw(Box::new(HnHttpHandle(unsafe { &(*exchange).0 }.clone()))))
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_handle_delete(handle: *mut HnHttpHandle) {
    if !handle.is_null() {
        guard_infallible(|| {
            // SAFETY: the caller gives it up.
            let exchange = unsafe { Box::from_raw(handle) }.0;
            if !exchange.is_entered() {
                exchange.fail(FailureKind::Cancelled, "the request was not served".to_string());
            }
        });
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_handle_deserted(handle: *const HnHttpHandle) -> bool {
    // SAFETY: the caller passes a live handle.
    guard_infallible(|| !lock(&unsafe { &(*handle).0 }.response).is_awaited())
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_handle_fail(handle: *mut HnHttpHandle, message: HnStr) {
    guard_infallible(|| {
        // SAFETY: live, and the text is valid for the call.
        let (exchange, message) = unsafe { (&(*handle).0, message.bytes()) };
        let message = String::from_utf8_lossy(message).into_owned();
        exchange.fail(FailureKind::Cancelled, message);
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_body_room(
    exchange: *mut HnHttpExchange,
    out: *mut *mut u8,
) -> usize {
    guard_infallible(|| {
        // SAFETY: the caller passes a live exchange and a variable.
        let (exchange, out) = unsafe { (&(*exchange).0, &mut *out) };
        let mut side = lock(&exchange.request);
        let room = side.room();
        *out = room.as_mut_ptr().cast();
        room.len()
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_commit_body(exchange: *mut HnHttpExchange, size: usize) {
    guard_infallible(|| {
        // SAFETY: the caller passes a live exchange.
        let exchange = unsafe { &(*exchange).0 };
        // SAFETY: the caller has written so much to the room that was given.
        let guest = unsafe { lock(&exchange.request).commit(size) };
        if let Some(guest) = guest {
            guest.wake();
        }
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_body_wanted(exchange: *const HnHttpExchange) -> bool {
    // SAFETY: the caller passes a live exchange.
    guard_infallible(|| lock(&unsafe { &(*exchange).0 }.request).wanted())
}

fn end_body(exchange: &Exchange, end: BodyEnd) {
    let guest = lock(&exchange.request).end(end);
    if let Some(guest) = guest {
        guest.wake();
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_finish_body(
    exchange: *mut HnHttpExchange,
    trailers: *const HnHttpField,
    trailer_count: usize,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and the fields are valid for the call.
        let (exchange, trailers) = unsafe { (&(*exchange).0, field_map(trailers, trailer_count)?) };
        end_body(exchange, BodyEnd::Finished((!trailers.is_empty()).then_some(trailers)));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_abort_body(exchange: *mut HnHttpExchange, reason: i32) {
    guard_infallible(|| {
        let error = match reason {
            1 => Error::ConnectionReadTimeout,
            2 => Error::HttpRequestBodySize(None),
            _ => Error::ConnectionTerminated,
        };
        // SAFETY: the caller passes a live exchange.
        end_body(unsafe { &(*exchange).0 }, BodyEnd::Aborted(error));
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_poll_head(exchange: *mut HnHttpExchange) -> i32 {
    // SAFETY: the caller passes a live exchange.
    let exchange = unsafe { &(*exchange).0 };
    if exchange.response_head().is_some() {
        READY
    } else if exchange.failure().is_some() {
        FAILED
    } else {
        PENDING
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_response_status(exchange: *const HnHttpExchange) -> u16 {
    // SAFETY: the caller passes a live exchange.
    unsafe { &(*exchange).0 }.response_head().map_or(0, |head| head.status)
}

/// # Safety
/// `out` has room for all fields, which live as long as what it is used for.
pub unsafe fn give_fields(fields: &[(HeaderName, HeaderValue)], out: *mut HnHttpField) {
    for (index, (name, value)) in fields.iter().enumerate() {
        let field = HnHttpField {
            name: HnStr::of(name.as_str().as_bytes()),
            value: HnBytes::of(value.as_bytes()),
        };
        // SAFETY: the caller's contract.
        unsafe { out.add(index).write(field) };
    }
}

fn head_fields(exchange: &Exchange) -> Option<&Fields> {
    exchange.response_head().map(|head| &head.fields)
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_response_field_count(
    exchange: *const HnHttpExchange,
) -> usize {
    // SAFETY: the caller passes a live exchange.
    head_fields(unsafe { &(*exchange).0 }).map_or(0, Vec::len)
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_response_fields(
    exchange: *const HnHttpExchange,
    out: *mut HnHttpField,
) {
    // SAFETY: the caller passes a live exchange, and room for all fields.
    unsafe { give_fields(head_fields(&(*exchange).0).map_or(&[], |fields| fields), out) };
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_take(
    exchange: *mut HnHttpExchange,
    out: *mut *mut Chunk,
) -> i32 {
    guard_infallible(|| {
        // SAFETY: the caller passes a live exchange and a variable.
        unsafe { give_taken((&(*exchange).0).take(), out) }
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_chunk_bytes(chunk: *const Chunk) -> HnBytes {
    // SAFETY: the caller passes a live chunk.
    HnBytes::of(unsafe { &(*chunk).0 })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_chunk_delete(chunk: *mut Chunk) {
    if !chunk.is_null() {
        // SAFETY: the caller gives it up.
        guard_infallible(|| drop(unsafe { Box::from_raw(chunk) }));
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_trailer_count(exchange: *const HnHttpExchange) -> usize {
    // SAFETY: the caller passes a live exchange.
    unsafe { &(*exchange).0 }.trailers().len()
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_trailers(
    exchange: *const HnHttpExchange,
    out: *mut HnHttpField,
) {
    // SAFETY: the caller passes a live exchange, and room for all trailers.
    unsafe { give_fields((*exchange).0.trailers(), out) };
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_http_exchange_failure(
    exchange: *const HnHttpExchange,
    message: *mut HnStr,
) -> FailureKind {
    // SAFETY: the caller passes a live exchange, and a variable or null.
    let Some(failure) = unsafe { &(*exchange).0 }.failure() else { return FailureKind::None };
    if !message.is_null() {
        unsafe { *message = HnStr::of(failure.message.as_bytes()) };
    }
    failure.kind
}
