//! WASI 0.2 and wasi:http from Wasmtime's crates, with a context that is made when a guest first uses it.

use super::abi::HnOutputFn;
use super::http::{AwaitAnswer, HnHttpOutgoing, HnHttpSender, Outgoing};
use super::state::CallState;
use crate::error::{HnBytes, HnError, HnErrorKind, HnStr, guard};
use bytes::Bytes;
use std::ffi::c_void;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::AsyncWrite;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView,
    WasiHttpHooks, WasiHttpView,
};

/// What an application sees through WASI; shared by its calls.
#[derive(Default, Clone)]
pub struct WasiConfig {
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    directories: Vec<(String, String, FsPerms)>,
    /// `directories`, opened.
    filesystem: WasiFilesystemCtx,
    /// Who sends requests of guests; nobody: they are refused.
    http_sender: Option<HnHttpSender>,
}

impl WasiConfig {
    /// Opens all directories again with one more: Wasmtime's context can be cloned, but not added to.
    fn add_directory(
        &mut self,
        host: &str,
        guest: &str,
        permissions: FsPerms,
    ) -> Result<(), HnError> {
        self.directories.push((host.to_string(), guest.to_string(), permissions));
        let mut builder = WasiCtxBuilder::new();
        for (host, guest, permissions) in &self.directories {
            if let Err(error) = builder.preopened_dir(host, guest, *permissions) {
                let message = format!("cannot open directory {host}: {error}");
                self.directories.pop();
                return Err(HnError::new(HnErrorKind::InvalidArgument, message));
            }
        }
        self.filesystem = builder.build().filesystem().clone();
        Ok(())
    }
}

/// `hn_wasi`.
pub struct HnWasi(pub WasiConfig);

/// WASI's state of one call.
pub struct WasiState {
    ctx: WasiCtx,
    http: WasiHttpCtx,
    hooks: HttpHooks,
    table: ResourceTable,
}

/// Bytes that a guest may write to an output stream before it has to ask again.
const OUTPUT_PERMIT_BYTES: usize = 64 * 1024;

/// Standard output or standard error of a call: goes to the caller's callback at once.
#[derive(Clone)]
struct Output {
    context: *mut c_void,
    callback: Option<HnOutputFn>,
    stream: i32,
}

// SAFETY: streams live in the call's resource table and are used by the thread that polls the call.
unsafe impl Send for Output {}
unsafe impl Sync for Output {}

impl Output {
    fn emit(&self, bytes: &[u8]) {
        if let Some(callback) = self.callback {
            // SAFETY: the contract of hn_output_fn.
            unsafe { callback(self.context, self.stream, HnBytes::of(bytes)) };
        }
    }
}

impl IsTerminal for Output {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Output {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for Output {
    async fn ready(&mut self) {}
}

#[async_trait::async_trait]
impl OutputStream for Output {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.emit(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(OUTPUT_PERMIT_BYTES)
    }
}

impl AsyncWrite for Output {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.emit(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Pieces that the window of an outgoing body is divided into: a guest that writes less than one at a time fills it
/// with as many.
const PIECES_OF_WINDOW: usize = 16;
/// The window of bodies in calls that serve no exchange.
const DEFAULT_WINDOW_BYTES: usize = 64 * 1024;

/// How wasi:http behaves in a call.
struct HttpHooks {
    /// Bytes of a body that a guest has written and that are held for whoever sends it.
    window: usize,
    sender: Option<HnHttpSender>,
    /// Requests of this call that were under way when the last one was sent.
    outgoing: Vec<Arc<Outgoing>>,
}

impl Drop for HttpHooks {
    // Before the table, with the guest's streams: what of a body was not written is not its end.
    fn drop(&mut self) {
        for each in &self.outgoing {
            each.desert();
        }
    }
}

type HttpResult<T> = Result<T, wasmtime_wasi_http::Error>;
type HttpTransfer = Box<dyn Future<Output = HttpResult<()>> + Send>;

impl WasiHttpHooks for HttpHooks {
    // As the default, which allocates for each name.
    fn is_forbidden_header(&mut self, name: &http::HeaderName) -> bool {
        DEFAULT_FORBIDDEN_HEADERS.contains(name)
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        // Wasmtime adds one.
        PIECES_OF_WINDOW - 1
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        self.window / PIECES_OF_WINDOW
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        _transfer: HttpTransfer,
    ) -> Box<dyn Future<Output = HttpResult<(http::Response<WasiBody>, HttpTransfer)>> + Send> {
        let Some(sender) = self.sender else {
            return Box::new(async { Err(Error::HttpRequestDenied) });
        };
        self.outgoing.retain(|each| !each.is_over());
        if self.outgoing.len() >= sender.max_requests_per_call() {
            return Box::new(async { Err(Error::ConnectionLimitReached) });
        }
        let outgoing = Arc::new(Outgoing::new(request, options, sender.answer_window()));
        self.outgoing.push(outgoing.clone());
        sender.send(HnHttpOutgoing::new(outgoing.clone()));
        Box::new(AwaitAnswer::new(outgoing))
    }
}

impl CallState {
    /// How many bytes of its response body a guest may have written before they are taken.
    pub fn set_response_window(&mut self, bytes: usize) {
        self.wasi().hooks.window = bytes;
    }

    fn wasi(&mut self) -> &mut WasiState {
        self.wasi.get_or_insert_with(|| {
            // SAFETY: it lives as long as this state.
            let config = self.wasi_config.map(|config| unsafe { config.as_ref() });
            let mut builder = WasiCtxBuilder::new();
            let output = |stream| Output { context: self.context, callback: self.output, stream };
            builder.stdout(output(1)).stderr(output(2));
            builder.allow_tcp(false).allow_udp(false).allow_ip_name_lookup(false);
            if let Some(config) = config {
                builder.args(&config.arguments).envs(&config.environment);
            }
            let mut ctx = builder.build();
            if let Some(config) = config {
                *ctx.filesystem() = config.filesystem.clone();
            }
            let mut table = ResourceTable::new();
            table.set_max_capacity(self.max_handles as usize);
            let sender = config.and_then(|config| config.http_sender);
            let hooks = HttpHooks { window: DEFAULT_WINDOW_BYTES, sender, outgoing: Vec::new() };
            Box::new(WasiState { ctx, http: WasiHttpCtx::new(), hooks, table })
        })
    }
}

impl WasiView for CallState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let state = self.wasi();
        WasiCtxView { ctx: &mut state.ctx, table: &mut state.table }
    }
}

impl WasiHttpView for CallState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        let state = self.wasi();
        WasiHttpCtxView { hooks: &mut state.hooks, table: &mut state.table, ctx: &mut state.http }
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wasi_new(out: *mut *mut HnWasi) -> *mut HnError {
    guard(|| {
        // SAFETY: `out` is the caller's variable.
        unsafe { *out = Box::into_raw(Box::new(HnWasi(WasiConfig::default()))) };
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wasi_set_http_sender(
    wasi: *mut HnWasi,
    sender: *const HnHttpSender,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and no call uses it yet.
        let (wasi, sender) = unsafe { (&mut *wasi, *sender) };
        wasi.0.http_sender = Some(sender.checked()?);
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wasi_delete(wasi: *mut HnWasi) {
    if !wasi.is_null() {
        // SAFETY: the caller gives it up; no call uses it any more.
        drop(unsafe { Box::from_raw(wasi) });
    }
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wasi_add_argument(
    wasi: *mut HnWasi,
    value: HnStr,
) -> *mut HnError {
    guard(|| {
        // SAFETY: live, and not in use by another thread; the text is valid for the call.
        let (wasi, value) = unsafe { (&mut *wasi, value.text()?) };
        wasi.0.arguments.push(value.to_string());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wasi_add_environment(
    wasi: *mut HnWasi,
    name: HnStr,
    value: HnStr,
) -> *mut HnError {
    guard(|| {
        // SAFETY: as above.
        let (wasi, name, value) = unsafe { (&mut *wasi, name.text()?, value.text()?) };
        wasi.0.environment.push((name.to_string(), value.to_string()));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn hn_wasi_add_directory(
    wasi: *mut HnWasi,
    host_path: HnStr,
    guest_path: HnStr,
    writable: bool,
) -> *mut HnError {
    guard(|| {
        // SAFETY: as above.
        let (wasi, host_path, guest_path) =
            unsafe { (&mut *wasi, host_path.text()?, guest_path.text()?) };
        let permissions = if writable { FsPerms::ReadWrite } else { FsPerms::ReadOnly };
        wasi.0.add_directory(host_path, guest_path, permissions)
    })
}
