import { expect, it } from 'vitest';
import { brokerSettings } from '../../../src/app/broker-settings.ts';

it('Kafka’s clients are told each key with its type, its default and what the file says', () => {
  const settings = brokerSettings({ settings: new Map([['node.id', '7']]) });

  const told = (wanted: string) => {
    const { type, fileValue, defaultValue } = settings.find(({ key }) => key === wanted) ?? {};
    return [type, fileValue, defaultValue];
  };
  expect(told('node.id')).toEqual(['int', '7', null]);
  expect(told('process.roles')).toEqual(['list', null, 'controller,broker']);
  expect(told('controller.quorum.voters')).toEqual(['list', null, null]);
  expect(told('listeners')[0]).toBe('list');
  expect(told('advertised.listeners')[0]).toBe('list');
  expect(told('log.dirs')[0]).toBe('string');
  expect(told('log.level')[0]).toBe('string');
  expect(told('queued.max.request.bytes')).toEqual(['long', null, '134217728']);
  expect(told('auto.create.topics.enable')[0]).toBe('boolean');
});
