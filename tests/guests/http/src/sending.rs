//! Requests that the guest sends itself. Arguments are divided by `|`: a URL, and then options.

use crate::answer;
use crate::bodies::{read_all, trailers_of, write_all};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, FutureIncomingResponse, IncomingRequest, IncomingResponse, Method,
    OutgoingBody, OutgoingRequest, RequestOptions, ResponseOutparam, Scheme,
};

/// What the arguments say.
struct Wish<'a> {
    method: Method,
    url: &'a str,
    options: RequestOptions,
    fields: Fields,
}

fn wish(arguments: &str) -> Wish<'_> {
    let mut parts = arguments.split('|');
    let mut wish = Wish {
        method: Method::Get,
        url: parts.next().unwrap_or(""),
        options: RequestOptions::new(),
        fields: Fields::new(),
    };
    for part in parts {
        let (name, value) = part.split_once('=').expect("an option");
        let time = value.parse::<u64>().map(|milliseconds| milliseconds * 1_000_000).ok();
        match name {
            "method" => wish.method = Method::Other(value.to_string()),
            "connect" => wish.options.set_connect_timeout(time).expect("a time"),
            "first-byte" => wish.options.set_first_byte_timeout(time).expect("a time"),
            "between-bytes" => wish.options.set_between_bytes_timeout(time).expect("a time"),
            field => {
                wish.fields.append(field, value.as_bytes()).expect("a field");
            }
        }
    }
    wish
}

/// Makes the request; its body is opened when `with_body`.
fn begin(
    arguments: &str,
    with_body: bool,
) -> (OutgoingRequest, RequestOptions, Option<OutgoingBody>) {
    let wish = wish(arguments);
    let (scheme, rest) = wish.url.split_once("://").unwrap_or(("http", wish.url));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = OutgoingRequest::new(wish.fields);
    request.set_method(&wish.method).expect("a method");
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    request.set_scheme(Some(&scheme)).expect("a scheme");
    request.set_authority(Some(authority)).expect("an authority");
    request.set_path_with_query(Some(path)).expect("a path");
    let body = with_body.then(|| request.body().expect("the only time"));
    (request, wish.options, body)
}

fn wait_for(pending: &FutureIncomingResponse) -> Result<IncomingResponse, ErrorCode> {
    pending.subscribe().block();
    pending.get().expect("it is ready").expect("once")
}

/// Status, fields, content and trailers, as text; or the error.
fn show(response: Result<IncomingResponse, ErrorCode>) -> String {
    let response = match response {
        Ok(response) => response,
        Err(error) => return format!("{error:?}\n"),
    };
    let mut text = format!("status {}\n", response.status());
    for (name, value) in response.headers().entries() {
        text += &format!("{name}: {}\n", value.escape_ascii());
    }
    let body = response.consume().expect("the only time");
    let stream = body.stream().expect("the only time");
    let mut size = 0;
    let mut sum = 0u64;
    let mut shown = String::new();
    let read = read_all(&stream, |part| {
        size += part.len();
        sum += part.iter().map(|each| u64::from(*each)).sum::<u64>();
        let room = 200usize.saturating_sub(shown.len()).min(part.len());
        shown += &part[..room].escape_ascii().to_string();
        true
    });
    drop(stream);
    text += &format!("{size} bytes, sum {sum}: {shown}\n");
    if let Err(error) = read {
        return text + &format!("broken: {error}\n");
    }
    for (name, value) in trailers_of(body).map_or(Vec::new(), |trailers| trailers.entries()) {
        text += &format!("trailer {name}: {}\n", value.escape_ascii());
    }
    text
}

/// Sends a request without a body.
pub fn send(arguments: &str, out: ResponseOutparam) {
    let (request, options, _) = begin(arguments, false);
    let text = match outgoing_handler::handle(request, Some(options)) {
        Ok(pending) => show(wait_for(&pending)),
        Err(error) => format!("at once: {error:?}\n"),
    };
    answer(out, 200, &text);
}

/// Hands the body of its own request on, with a trailer, and shows what comes back.
pub fn upload(incoming: IncomingRequest, arguments: &str, out: ResponseOutparam) {
    let (request, options, body) = begin(arguments, true);
    let body = body.expect("opened");
    let pending = outgoing_handler::handle(request, Some(options)).expect("it is sent");
    let source = incoming.consume().expect("the only time");
    let (input, output) = (source.stream().expect("one"), body.write().expect("one"));
    let read = read_all(&input, |part| write_all(&output, part));
    drop(output);
    if read.is_ok() {
        let trailers = Fields::new();
        trailers.append("x-end", b"yes").expect("a field");
        OutgoingBody::finish(body, Some(trailers)).expect("no length was said");
    } else {
        drop(body);
    }
    let text = show(wait_for(&pending));
    answer(out, 200, &format!("{read:?} {text}"));
}

/// Begins a body, and gives it up.
pub fn give_up(arguments: &str, out: ResponseOutparam) {
    let (request, options, body) = begin(arguments, true);
    let body = body.expect("opened");
    let pending = outgoing_handler::handle(request, Some(options)).expect("it is sent");
    let stream = body.write().expect("one");
    write_all(&stream, b"half of it");
    drop((stream, body));
    answer(out, 200, &show(wait_for(&pending)));
}

/// Sends a request, and does not want the answer.
pub fn forget(arguments: &str, out: ResponseOutparam) {
    let (request, options, _) = begin(arguments, false);
    drop(outgoing_handler::handle(request, Some(options)).expect("it is sent"));
    answer(out, 200, "forgotten\n");
}

/// Sends a request, and wants nothing but the head of the answer.
pub fn look(arguments: &str, out: ResponseOutparam) {
    let (request, options, _) = begin(arguments, false);
    let pending = outgoing_handler::handle(request, Some(options)).expect("it is sent");
    let status = wait_for(&pending).map(|response| response.status());
    answer(out, 200, &format!("{status:?}\n"));
}

/// Sends so many requests at once: the first option says how many.
pub fn many(arguments: &str, out: ResponseOutparam) {
    let (count, arguments) = arguments.split_once('|').expect("a number first");
    let pending: Vec<_> = (0..count.parse().expect("a number"))
        .map(|_| {
            let (request, options, _) = begin(arguments, false);
            outgoing_handler::handle(request, Some(options)).expect("it is sent")
        })
        .collect();
    let mut outcomes = std::collections::BTreeMap::<String, usize>::new();
    for each in &pending {
        let outcome = match wait_for(each) {
            Ok(response) => response.status().to_string(),
            Err(error) => format!("{error:?}"),
        };
        *outcomes.entry(outcome).or_default() += 1;
    }
    answer(out, 200, &format!("{outcomes:?}\n"));
}
