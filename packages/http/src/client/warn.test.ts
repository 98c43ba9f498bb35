import { describe, expect, it, vi } from 'vitest';
import { createFetch } from './create-fetch.ts';

describe('a stream as a body', () => {
  it('is warned of once, unless it can be sent again or nothing is retried', async () => {
    const emit = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const fetch = (): Promise<Response> => Promise.resolve(new Response());
    const client = createFetch({ fetch });
    const body = (): ReadableStream => new Blob(['text']).stream();
    const url = 'http://service.test/';
    await createFetch({ fetch, retry: false })(url, { method: 'PUT', body: body() });
    await client(url, { method: 'PUT', body });
    await client(url, { method: 'PUT', body: body(), replay: { maxBytes: 9 } });
    expect(emit).not.toHaveBeenCalled();
    await client(url, { method: 'PUT', body: body() });
    await client(url, { method: 'PUT', body: body() });
    expect(emit).toHaveBeenCalledOnce();
    expect(emit.mock.calls[0]![1]).toMatchObject({ code: 'HIGHWAY_HTTP_STREAM_BODY' });
    emit.mockRestore();
  });
});
