import { createFetch } from '@highway/http';
import type { CreateFetchOptions, HttpFetch } from '@highway/http';
import { describe, expectTypeOf, it } from 'vitest';

describe('createFetch', () => {
  it('fits wherever a fetch is taken', () => {
    expectTypeOf<HttpFetch>().toExtend<typeof fetch>();
    expectTypeOf(createFetch({ fetch })).toEqualTypeOf<HttpFetch>();
    expectTypeOf(createFetch()('http://service.test/')).resolves.toEqualTypeOf<Response>();
  });

  it('takes functions of the request and of outcomes', () => {
    expectTypeOf(createFetch).toBeCallableWith({
      breaker: { per: ({ url, method, headers }) => `${method} ${url} ${typeof headers}` },
      classify: ({ response, error }) =>
        response?.ok === true || error === 1 ? 'success' : undefined,
      deadline: ({ url }) => url !== '',
    });
    expectTypeOf<'later'>().not.toExtend<ReturnType<NonNullable<CreateFetchOptions['classify']>>>();
  });
});
