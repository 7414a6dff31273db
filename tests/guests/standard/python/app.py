"""An HTTP component as the example `http` of componentize-py makes it: asyncio over wasi:io/poll."""

import asyncio

import poll_loop
from componentize_py_types import Ok
from poll_loop import PollLoop, Sink, Stream
from wit_world import exports
from wit_world.imports import monotonic_clock
from wit_world.imports.types import (
    Fields,
    IncomingRequest,
    Method_Get,
    Method_Post,
    OutgoingResponse,
    ResponseOutparam,
)

CHUNK_DELAY_NS = 20_000_000


class IncomingHandler(exports.IncomingHandler):
    def handle(self, request: IncomingRequest, response_out: ResponseOutparam) -> None:
        loop = PollLoop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(answer(request, response_out))


async def answer(request: IncomingRequest, response_out: ResponseOutparam) -> None:
    match request.method(), request.path_with_query():
        case Method_Get(), "/":
            sink = respond(response_out, 200, "text/plain")
            await sink.send(b"Hello from Python!\n")
        case Method_Post(), "/echo":
            sink = respond(response_out, 200, "application/octet-stream")
            stream = Stream(request.consume())
            while (part := await stream.next()) is not None:
                await sink.send(part)
        case Method_Get(), "/chunks":
            sink = respond(response_out, 200, "text/event-stream")
            for number in range(1, 6):
                await sleep(CHUNK_DELAY_NS)
                await sink.send(f"data: {number}\n\n".encode())
        case _:
            sink = respond(response_out, 404, "text/plain")
    sink.close()


def respond(response_out: ResponseOutparam, status: int, content_type: str) -> Sink:
    response = OutgoingResponse(Fields.from_list([("content-type", content_type.encode())]))
    response.set_status_code(status)
    sink = Sink(response.body())
    ResponseOutparam.set(response_out, Ok(response))
    return sink


async def sleep(nanoseconds: int) -> None:
    loop = asyncio.get_running_loop()
    await poll_loop.register(loop, monotonic_clock.subscribe_duration(nanoseconds))
