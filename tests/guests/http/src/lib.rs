//! http-rust: serves wasi:http. The first part of the path says what it does; see ../README.md.

mod bodies;
mod failures;
mod sending;

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

wit_bindgen::generate!({ world: "http-rust", path: "wit", generate_all });

struct Server;

wasip2::http::proxy::export!(Server);

impl Guest for Server {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let path = request.path_with_query().unwrap_or_default();
        let (name, argument) = path.split_once('?').unwrap_or((&path, ""));
        match name {
            "/hello" => answer(out, 200, "hello\n"),
            "/request" => answer(out, 200, &describe(&request)),
            "/ignore" => answer(out, 200, "not read\n"),
            "/large-field" => large_field(out, argument.parse().unwrap_or(0)),
            "/forbidden-field" => {
                let set = Fields::new().set("transfer-encoding", &[b"chunked".to_vec()]);
                answer(out, 200, &format!("{set:?}\n"));
            }
            "/send" => sending::send(argument, out),
            "/send-body" => sending::upload(request, argument, out),
            "/send-half" => sending::give_up(argument, out),
            "/send-and-forget" => sending::forget(argument, out),
            "/send-and-look" => sending::look(argument, out),
            "/send-many" => sending::many(argument, out),
            "/done" => {
                hermes::init::api::done(7);
                answer(out, 200, "done\n");
            }
            "/echo" => bodies::echo(request, out),
            "/count" => bodies::count(request, out),
            "/ticks" => bodies::ticks(out, argument.parse().unwrap_or(0)),
            "/flood" => bodies::flood(out),
            "/loop" => failures::spin(out),
            "/silent" => drop(out),
            "/error" => ResponseOutparam::set(
                out,
                Err(ErrorCode::InternalError(Some("on purpose".to_string()))),
            ),
            "/trap-before" => failures::trap_before(),
            "/trap-after" => failures::trap_after(out),
            "/trap-finished" => failures::trap_finished(out),
            "/give-up" => failures::give_up(out),
            "/too-short" => failures::too_short(out),
            "/unfinished" => failures::unfinished(out),
            _ => answer(out, 404, "no such case\n"),
        }
    }
}

/// Sets a response, and opens its body.
fn begin(out: ResponseOutparam, status: u16, fields: &[(&str, &[u8])]) -> OutgoingBody {
    let list: Vec<_> =
        fields.iter().map(|(name, value)| (name.to_string(), value.to_vec())).collect();
    let response = OutgoingResponse::new(Fields::from_list(&list).expect("good fields"));
    response.set_status_code(status).expect("a good status");
    let body = response.body().expect("the only one");
    ResponseOutparam::set(out, Ok(response));
    body
}

/// A whole response of text.
fn answer(out: ResponseOutparam, status: u16, text: &str) {
    let length = text.len().to_string();
    let fields: [(&str, &[u8]); 2] =
        [("content-type", b"text/plain"), ("content-length", length.as_bytes())];
    let body = begin(out, status, &fields);
    write(&body, text.as_bytes());
    OutgoingBody::finish(body, None).expect("the whole length was written");
}

fn write(body: &OutgoingBody, bytes: &[u8]) {
    let stream = body.write().expect("the only stream");
    for part in bytes.chunks(4096) {
        stream.blocking_write_and_flush(part).expect("somebody reads");
    }
}

fn describe(request: &IncomingRequest) -> String {
    let mut text = format!(
        "{:?} {:?} {:?} {:?}\n",
        request.method(),
        request.scheme(),
        request.authority(),
        request.path_with_query()
    );
    for (name, value) in request.headers().entries() {
        text += &format!("{name}: {}\n", value.escape_ascii());
    }
    text
}

/// A response with one field of that many bytes.
fn large_field(out: ResponseOutparam, bytes: usize) {
    let fields = Fields::new();
    fields.set("x-large", &[vec![b'x'; bytes]]).expect("a good field");
    let response = OutgoingResponse::new(fields);
    OutgoingBody::finish(response.body().expect("the only one"), None).expect("empty");
    ResponseOutparam::set(out, Ok(response));
}
