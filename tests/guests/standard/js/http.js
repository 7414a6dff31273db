addEventListener('fetch', (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const { pathname } = new URL(request.url);
  switch (`${request.method} ${pathname}`) {
    case 'GET /':
      return new Response('Hello from JavaScript!\n', { headers: { 'content-type': 'text/plain' } });
    case 'POST /echo':
      return new Response(request.body);
    case 'GET /chunks':
      return new Response(chunks(), { headers: { 'content-type': 'text/event-stream' } });
    default:
      return new Response(null, { status: 404 });
  }
}

function chunks() {
  const encoder = new TextEncoder();
  let number = 0;
  return new ReadableStream({
    async pull(controller) {
      if (++number > 5) return controller.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.enqueue(encoder.encode(`data: ${number}\n\n`));
    },
  });
}
