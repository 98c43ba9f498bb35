import { Readable } from 'node:stream';
import { resilience } from '@highway/http/undici';
import { Agent } from 'undici';
import { expect, it } from 'vitest';
import { useOrigin } from '../support/origin.ts';
import { request } from './suite.ts';

const origin = useOrigin();

it('warns once of streams that can be sent only once', async () => {
  const codes: unknown[] = [];
  const note = (warning: Error & { code?: string }): void => {
    codes.push(warning.code);
  };
  process.on('warning', note);
  const agent = new Agent().compose(resilience());
  const send = async (more: object): Promise<unknown[]> => {
    const body = Readable.from([Buffer.from('text')]);
    const answer = await request(agent, origin.url({}), { method: 'PUT', body, ...more });
    await answer.body.dump();
    return codes.filter((code) => code === 'HIGHWAY_HTTP_STREAM_BODY');
  };
  expect(await send({ replay: { maxBytes: 9 } })).toEqual([]);
  await send({});
  expect(await send({})).toEqual(['HIGHWAY_HTTP_STREAM_BODY']);
  process.off('warning', note);
  await agent.close();
});
