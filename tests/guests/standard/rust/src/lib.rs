//! An HTTP component as the examples of the crate `wstd` make it.

use std::convert::Infallible;

use futures_lite::stream::unfold;
use wstd::http::body::{Body, Bytes};
use wstd::http::{Error, Method, Request, Response, StatusCode};
use wstd::time::Duration;

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    match (request.method(), request.uri().path()) {
        (&Method::GET, "/") => Ok(Response::builder()
            .header("content-type", "text/plain")
            .body("Hello from Rust!\n".into())?),
        (&Method::POST, "/echo") => Ok(Response::new(request.into_body())),
        (&Method::GET, "/chunks") => Ok(Response::builder()
            .header("content-type", "text/event-stream")
            .body(chunks())?),
        _ => Ok(Response::builder().status(StatusCode::NOT_FOUND).body(Body::empty())?),
    }
}

fn chunks() -> Body {
    Body::from_try_stream(unfold(1, async |number| {
        if number > 5 {
            return None;
        }
        wstd::task::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, Infallible>(Bytes::from(format!("data: {number}\n\n"))), number + 1))
    }))
}
