//! Requests that guests send, on their way to the embedder, and the answers on their way back.

use super::exchange::{Fields, in_order, lock};
use super::request::{BodyEnd, BodyOwner, RequestBody, RequestSide};
use super::response::{ResponseSide, Taken};
use http_body::Body;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll, Waker};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

/// What the hook of `wasmtime-wasi-http` gives out.
pub type Transfer = Box<dyn Future<Output = Result<(), Error>> + Send>;
pub type Answered = Result<(http::Response<WasiBody>, Transfer), Error>;

/// The head of the answer on its way to the guest.
struct Answer {
    result: Option<Result<http::Response<()>, Error>>,
    /// It was set: what comes later is about its body.
    set: bool,
    /// The guest will not take it, or will not take more of it.
    deserted: bool,
    guest: Option<Waker>,
    embedder: Option<Waker>,
}

/// One request of a guest. Owned by the embedder's handle, by the call, and by what the guest reads.
pub struct Outgoing {
    pub head: http::request::Parts,
    pub fields: Fields,
    pub options: RequestOptions,
    pub has_body: bool,
    from_guest: Mutex<ResponseSide>,
    to_guest: Mutex<RequestSide>,
    trailers: OnceLock<Fields>,
    answer: Mutex<Answer>,
    /// The embedder has given its handle up.
    over: AtomicBool,
}

impl Outgoing {
    pub fn new(
        request: http::Request<WasiBody>,
        options: Option<RequestOptions>,
        window: usize,
    ) -> Self {
        let (mut head, body) = request.into_parts();
        let fields = in_order(std::mem::take(&mut head.headers));
        let has_body = !body.is_end_stream();
        let nobody = || Waker::noop().clone();
        let mut from_guest = ResponseSide::new(nobody());
        from_guest.set(body);
        Outgoing {
            head,
            fields,
            options: options.unwrap_or_default(),
            has_body,
            from_guest: Mutex::new(from_guest),
            to_guest: Mutex::new(RequestSide::new(window, nobody())),
            trailers: OnceLock::new(),
            answer: Mutex::new(Answer {
                result: None,
                set: false,
                deserted: false,
                guest: None,
                embedder: None,
            }),
            over: AtomicBool::new(false),
        }
    }

    /// Whom to wake about this request.
    pub fn watch(&self, embedder: &Waker) {
        lock(&self.from_guest).watch(embedder.clone());
        lock(&self.to_guest).watch(embedder.clone());
        lock(&self.answer).embedder = Some(embedder.clone());
    }

    pub fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    /// The next piece of the guest's body.
    pub fn take(&self) -> Taken {
        let mut side = lock(&self.from_guest);
        let taken = side.take();
        if matches!(taken, Taken::End) {
            self.trailers.get_or_init(|| side.trailers().cloned().map_or(Vec::new(), in_order));
        }
        taken
    }

    /// After the end of the guest's body.
    pub fn trailers(&self) -> &Fields {
        static NONE: Fields = Vec::new();
        self.trailers.get().unwrap_or(&NONE)
    }

    /// The first answer counts.
    fn settle(&self, result: Result<http::Response<()>, Error>) -> Result<(), Error> {
        let mut answer = lock(&self.answer);
        if answer.set {
            return result.map(drop);
        }
        answer.set = true;
        answer.result = Some(result);
        let guest = answer.guest.take();
        drop(answer);
        if let Some(guest) = guest {
            guest.wake();
        }
        Ok(())
    }

    pub fn respond(&self, response: http::Response<()>) {
        let _ = self.settle(Ok(response));
    }

    /// There will be no answer, or no more of it.
    pub fn fail(&self, error: Error) {
        if let Err(error) = self.settle(Err(error)) {
            self.end_body(BodyEnd::Aborted(error));
        }
    }

    pub fn end_body(&self, end: BodyEnd) {
        let guest = lock(&self.to_guest).end(end);
        if let Some(guest) = guest {
            guest.wake();
        }
    }

    pub fn push(&self, data: &[u8]) -> usize {
        let (accepted, guest) = lock(&self.to_guest).push(data);
        if let Some(guest) = guest {
            guest.wake();
        }
        accepted
    }

    pub fn is_deserted(&self) -> bool {
        lock(&self.answer).deserted
    }

    /// The guest, or its call, is gone: nothing more of it is given out, and the embedder is told.
    pub fn desert(&self) {
        let mut answer = lock(&self.answer);
        answer.deserted = true;
        let late = answer.result.take();
        let embedder = answer.embedder.clone();
        drop(answer);
        let rest = lock(&self.from_guest).leave();
        if let Some(embedder) = embedder {
            embedder.wake();
        }
        // Dropping what is left may wake others: not under a lock.
        drop((late, rest));
    }

    /// The embedder is gone.
    pub fn leave(&self) {
        self.fail(Error::ConnectionTerminated);
        self.over.store(true, Ordering::Release);
        let (guest, embedder) = lock(&self.to_guest).leave();
        if let Some(guest) = guest {
            guest.wake();
        }
        let told = lock(&self.answer).embedder.take();
        let rest = lock(&self.from_guest).leave();
        drop((embedder, told, rest));
    }
}

impl BodyOwner for Outgoing {
    fn body(&self) -> &Mutex<RequestSide> {
        &self.to_guest
    }

    fn abandoned(&self) {
        self.desert();
    }
}

/// Waits for the head of the answer. The guest that drops it does not want the answer.
pub struct AwaitAnswer(Option<Arc<Outgoing>>);

impl AwaitAnswer {
    pub fn new(outgoing: Arc<Outgoing>) -> Self {
        AwaitAnswer(Some(outgoing))
    }
}

impl Future for AwaitAnswer {
    type Output = Answered;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answered> {
        let outgoing = self.0.as_ref().expect("polled after it was ready");
        let mut answer = lock(&outgoing.answer);
        let Some(result) = answer.result.take() else {
            if answer.deserted {
                return Poll::Ready(Err(Error::ConnectionTerminated));
            }
            answer.guest = Some(context.waker().clone());
            return Poll::Pending;
        };
        drop(answer);
        let outgoing = self.0.take().expect("there is one");
        Poll::Ready(result.map(|response| {
            let body = response.map(|()| WasiBody::new(RequestBody(outgoing)));
            let nothing: Transfer = Box::new(async { Ok(()) });
            (body, nothing)
        }))
    }
}

impl Drop for AwaitAnswer {
    fn drop(&mut self) {
        if let Some(outgoing) = self.0.take() {
            outgoing.desert();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body::Frame;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    #[derive(Default)]
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    impl Count {
        fn get(&self) -> usize {
            self.0.load(Ordering::Relaxed)
        }
    }

    struct Whole(Option<Bytes>);
    impl Body for Whole {
        type Data = Bytes;
        type Error = Error;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
            Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
        }
        fn is_end_stream(&self) -> bool {
            self.0.is_none()
        }
    }

    fn request(body: &'static str) -> Arc<Outgoing> {
        let body = WasiBody::new(Whole((!body.is_empty()).then(|| Bytes::from(body))));
        let request = http::Request::post("http://a.example/b").body(body).unwrap();
        Arc::new(Outgoing::new(request, None, 4096))
    }

    fn poll(answer: &mut AwaitAnswer) -> Poll<Answered> {
        Pin::new(answer).poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn an_answer_comes_once() {
        let outgoing = request("body");
        assert!(outgoing.has_body && !request("").has_body);
        let mut answer = AwaitAnswer::new(outgoing.clone());
        assert!(poll(&mut answer).is_pending());
        outgoing.respond(http::Response::builder().status(204).body(()).unwrap());
        outgoing.respond(http::Response::new(()));
        let Poll::Ready(Ok((response, _))) = poll(&mut answer) else { panic!("an answer") };
        assert_eq!(response.status(), 204);
        drop(answer);
        assert!(!outgoing.is_deserted(), "its body is there");
        drop(response);
        assert!(outgoing.is_deserted());
    }

    #[test]
    fn a_failure_before_the_head_is_the_answer() {
        let outgoing = request("");
        let mut answer = AwaitAnswer::new(outgoing.clone());
        outgoing.fail(Error::ConnectionRefused);
        outgoing.leave();
        assert!(outgoing.is_over());
        assert!(matches!(poll(&mut answer), Poll::Ready(Err(Error::ConnectionRefused))));
    }

    #[test]
    fn a_failure_after_the_head_ends_the_body() {
        let outgoing = request("");
        let mut answer = AwaitAnswer::new(outgoing.clone());
        outgoing.respond(http::Response::new(()));
        assert_eq!(outgoing.push(b"half"), 4);
        outgoing.fail(Error::HttpResponseIncomplete);
        let Poll::Ready(Ok((mut response, _))) = poll(&mut answer) else { panic!("an answer") };
        let mut frame = || {
            let mut context = Context::from_waker(Waker::noop());
            Pin::new(response.body_mut()).poll_frame(&mut context)
        };
        assert!(matches!(frame(), Poll::Ready(Some(Ok(_)))));
        assert!(matches!(frame(), Poll::Ready(Some(Err(Error::HttpResponseIncomplete)))));
    }

    #[test]
    fn a_guest_that_goes_takes_its_body_along_and_says_so() {
        let outgoing = request("body");
        let count = Arc::new(Count::default());
        outgoing.watch(&Waker::from(count.clone()));
        drop(AwaitAnswer::new(outgoing.clone()));
        assert!(outgoing.is_deserted());
        assert_eq!(count.get(), 1);
        assert!(matches!(outgoing.take(), Taken::Broken), "it is not complete");
        outgoing.respond(http::Response::new(()));
        outgoing.leave();
        assert_eq!(Arc::strong_count(&count), 1, "the embedder is not told any more");
    }
}
