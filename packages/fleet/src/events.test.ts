import { describe, expect, it, vi } from 'vitest';
import { FleetEvents } from './events.ts';

describe('the events of a fleet', () => {
  it('reach only the listeners of their type', () => {
    const events = new FleetEvents();
    const heard: string[] = [];
    events.add('status', ({ status }) => heard.push(status));
    events.add('storeError', () => heard.push('error'));
    events.emit('status', { status: 'connected' });
    expect(heard).toEqual(['connected']);
  });

  it('do not reach a removed listener, even if it was added twice', () => {
    const events = new FleetEvents();
    const heard: string[] = [];
    const listener = (): unknown => heard.push('heard');
    const remove = events.add('status', listener);
    events.add('status', listener);
    remove();
    remove();
    events.emit('status', { status: 'degraded' });
    expect(heard).toEqual(['heard']);
  });

  it('reach the other listeners if one throws, and report its error', () => {
    const events = new FleetEvents();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const heard: string[] = [];
    events.add('status', () => {
      throw new Error('in a listener');
    });
    events.add('status', () => heard.push('heard'));
    events.emit('status', { status: 'degraded' });
    expect(heard).toEqual(['heard']);
    expect(warned).toHaveBeenCalledOnce();
    warned.mockRestore();
  });

  it('report the error of a listener that rejects, instead of ending the process', async () => {
    const events = new FleetEvents();
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    // eslint-disable-next-line @typescript-eslint/no-misused-promises -- what users do
    events.add('storeError', () => Promise.reject(new Error('in an async listener')));
    events.emit('storeError', { error: new Error('down') });
    // Node tells of rejections that nobody handles before the next turn of its event loop.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(warned).toHaveBeenCalledExactlyOnceWith(new Error('in an async listener'));
    expect(unhandled).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  it('reach only listeners that were there before, not those added by a listener', () => {
    const events = new FleetEvents();
    let heard = 0;
    const once = (): void => {
      remove();
      if (++heard < 10) remove = events.add('status', once);
    };
    let remove = events.add('status', once);
    events.emit('status', { status: 'degraded' });
    expect(heard).toBe(1);
    events.emit('status', { status: 'connected' });
    expect(heard).toBe(2);
  });

  it('need a known type', () => {
    expect(() => new FleetEvents().add('state' as never, () => {})).toThrow(/on: "state"/);
  });

  it('need a function as listener', () => {
    expect(() => new FleetEvents().add('status', 'log' as never)).toThrow(/expected a function/);
  });
});
