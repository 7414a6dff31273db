//! A request to a component that serves wasi:http, on bare Wasmtime and its own bindings, without sockets.

use crate::Setup;
use crate::timing::{nanoseconds, run};
use bytes::Bytes;
use http_body::{Body, Frame};
use std::pin::Pin;
use std::sync::mpsc;
use std::task::{Context, Poll};
use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Result, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

/// No ticker runs here.
const EPOCH_DEADLINE: u64 = 1 << 40;

/// A body without bytes.
struct Empty;

impl Body for Empty {
    type Data = Bytes;
    type Error = Error;
    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Poll::Ready(None)
    }
}

struct Hooks;

type Transfer = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Transfer,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Transfer), Error>> + Send> {
        Box::new(async { Err(Error::HttpRequestDenied) })
    }
}

struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    hooks: Hooks,
    table: ResourceTable,
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { ctx: &mut self.http, table: &mut self.table, hooks: &mut self.hooks }
    }
}

fn request() -> http::Request<Empty> {
    http::Request::get("http://app.localhost/hello")
        .header("host", "app.localhost")
        .header("accept", "*/*")
        .header("user-agent", "bench")
        .body(Empty)
        .expect("a good request")
}

/// Nanoseconds of one exchange with the component at `path`: a fresh instance on a fiber, its whole answer taken.
pub fn exchange(setup: &Setup, path: &str) -> Result<f64> {
    let engine = setup.config.engine().map_err(|_| wasmtime::format_err!("no engine"))?;
    let component = Component::new(&engine, std::fs::read(path)?)?;
    let mut linker = Linker::<State>::new(&engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    // What the guest of the tests imports besides, and does not call here.
    linker.instance("hermes:init/api")?.func_wrap("done", |_, (_,): (u8,)| Ok(()))?;
    let pre = ProxyPre::new(linker.instantiate_pre(&component)?)?;
    Ok(nanoseconds(|| {
        let state = State {
            wasi: WasiCtx::builder().build(),
            http: WasiHttpCtx::new(),
            hooks: Hooks,
            table: ResourceTable::new(),
        };
        let mut store = Store::new(&engine, state);
        store.set_epoch_deadline(EPOCH_DEADLINE);
        let (sender, receiver) = mpsc::channel();
        let answer: Result<()> = run(async {
            let mut view = store.data_mut().http();
            let request = view.new_incoming_request(Scheme::Http, request())?;
            let out = view.new_response_outparam_from_callback(move |answer| {
                sender.send(answer).expect("the receiver waits");
            })?;
            let proxy = pre.instantiate_async(&mut store).await?;
            proxy.wasi_http_incoming_handler().call_handle(&mut store, request, out).await
        });
        answer.expect("the guest returns");
        drop(store);
        let response = receiver.recv().expect("the guest answers").expect("no error code");
        let mut body = response.into_body();
        let mut bytes = 0;
        while let Some(frame) = run(std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx))) {
            bytes += frame.expect("no error").into_data().map_or(0, |data| data.len());
        }
        assert_eq!(bytes, "hello\n".len());
    }))
}
