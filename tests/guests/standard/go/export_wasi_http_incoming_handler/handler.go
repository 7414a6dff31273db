// Package export_wasi_http_incoming_handler is an HTTP component as the example wasip2 of
// componentize-go makes it: a package with the name that the bindings ask for.
package export_wasi_http_incoming_handler

import (
	"fmt"
	"time"

	. "wit_component/wasi_http_types"
	"wit_component/wasi_io_streams"

	. "go.bytecodealliance.org/pkg/wit/types"
)

const (
	spliceSize = 64 * 1024
	chunks     = 5
	delay      = 20 * time.Millisecond
)

// Handle answers one request.
func Handle(request *IncomingRequest, out *ResponseOutparam) {
	method, path := request.Method().Tag(), request.PathWithQuery().SomeOr("/")
	switch {
	case method == MethodGet && path == "/":
		respond(out, 200, "text/plain", func(body *wasi_io_streams.OutputStream) {
			body.BlockingWriteAndFlush([]byte("Hello from Go!\n"))
		})
	case method == MethodPost && path == "/echo":
		respond(out, 200, "application/octet-stream", func(body *wasi_io_streams.OutputStream) {
			content := request.Consume().Ok().Stream().Ok()
			for body.BlockingSplice(content, spliceSize).IsOk() {
			}
		})
	case method == MethodGet && path == "/chunks":
		respond(out, 200, "text/event-stream", func(body *wasi_io_streams.OutputStream) {
			for number := range chunks {
				time.Sleep(delay)
				body.BlockingWriteAndFlush(fmt.Appendf(nil, "data: %d\n\n", number+1))
			}
		})
	default:
		respond(out, 404, "text/plain", func(*wasi_io_streams.OutputStream) {})
	}
}

func respond(out *ResponseOutparam, status uint16, contentType string, write func(*wasi_io_streams.OutputStream)) {
	headers := FieldsFromList([]Tuple2[string, []byte]{{F0: "content-type", F1: []byte(contentType)}}).Ok()
	response := MakeOutgoingResponse(headers)
	response.SetStatusCode(status)
	body := response.Body().Ok()
	ResponseOutparamSet(out, Ok[*OutgoingResponse, ErrorCode](response))

	stream := body.Write().Ok()
	write(stream)
	stream.Drop()
	OutgoingBodyFinish(body, None[*Fields]())
}
