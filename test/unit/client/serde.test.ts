import protobufjs from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { OttlaError } from '../../../src/base/errors.ts';
import { json } from '../../../src/client/serde/json.ts';
import type { ProtobufType } from '../../../src/client/serde/protobuf.ts';
import { protobuf } from '../../../src/client/serde/protobuf.ts';
import type { Schema, StandardSchema } from '../../../src/client/serde/schema.ts';
import { bytes, string, textOrBytes } from '../../../src/client/serde/serde.ts';
import { MetadataRequest } from '../../../src/gen/ottla.ts';
import { outcomeAfter, startWorld } from './fixture.ts';

interface Order {
  readonly id: string;
  readonly items: ReadonlyArray<{ readonly price: number }>;
}

const order: Order = { id: 'o1', items: [{ price: 3 }] };
const badOrder = { id: 'o1', items: [{ price: 'free' }] } as unknown as Order;

const findIssue = (value: unknown): boolean =>
  (value as Order).items.every(({ price }) => typeof price === 'number');

const standard: StandardSchema<Order> = {
  '~standard': {
    validate: (value) =>
      findIssue(value)
        ? { value: value as Order }
        : { issues: [{ message: 'Expected number', path: ['items', { key: 0 }, 'price'] }] },
  },
};

const parsing = {
  parse: (value: unknown): Order => {
    if (findIssue(value)) return value as Order;
    const issues = [{ message: 'Expected number', path: ['items', 0, 'price'] }];
    throw Object.assign(new Error('many lines'), { issues });
  },
};

const compiled = Object.assign((value: unknown): boolean => findIssue(value), {
  errors: [{ instancePath: '/items/0/price', message: 'Expected number' }],
});

describe('json', () => {
  test('gives back what was put in', () => {
    const serde = json<Order>();

    expect(serde.deserialize(serde.serialize(order))).toEqual(order);
  });

  test.each<[string, Schema<Order>]>([
    ['a Standard Schema', standard],
    ['a schema with parse', parsing],
    ['a compiled check with errors', compiled],
  ])('%s refuses a bad value both ways, naming the field', (_, schema) => {
    const serde = json(schema);
    const stored = json<Order>().serialize(badOrder);

    expect(() => serde.serialize(badOrder)).toThrow('at items[0].price: Expected number');
    expect(() => serde.deserialize(stored)).toThrow('at items[0].price: Expected number');
    expect(serde.deserialize(serde.serialize(order))).toEqual(order);
  });

  test('a schema that validates asynchronously is refused', () => {
    const schema: StandardSchema<Order> = {
      '~standard': { validate: async () => ({ value: order }) },
    };

    expect(() => json(schema).serialize(order)).toThrow(/asynchronously/);
  });

  test.each([[undefined], [() => 1], [10n]])('refuses %s, which JSON cannot hold', (value) => {
    expect(() => json().serialize(value)).toThrow(/JSON cannot hold/);
  });

  test.each([
    [undefined, 'JSON cannot hold undefined'],
    [() => 1, 'JSON cannot hold a function'],
    [Number.NaN, 'JSON cannot hold NaN'],
    [{ a: [{ b: null }, { b: Number.POSITIVE_INFINITY }] }, 'at a[1].b: JSON cannot hold Infinity'],
    [{ at: [new Date('no date')] }, 'at at[0]: JSON cannot hold an invalid Date'],
    [
      { all: new Map([['a', 1]]) },
      'at all: JSON cannot hold an object (Map): give what is in it as an array or a plain object',
    ],
    [
      new Set([1]),
      'JSON cannot hold an object (Set): give what is in it as an array or a plain object',
    ],
  ])('names what JSON cannot hold in %o', (value, message) => {
    expect(() => json().serialize(value)).toThrow(new OttlaError('SERIALIZATION', message));
  });

  test('holds null and the text "null", which are no numbers', () => {
    const value = { none: null, word: 'null', count: 0 };

    expect(json().deserialize(json().serialize(value))).toEqual(value);
  });

  test('holds an empty object, a date, and a map that says how it is to be written', () => {
    const list = Object.assign(new Map([['a', 1]]), { toJSON: () => ['a', 1] });
    const value = { none: {}, nothing: null, at: new Date(0), list };

    expect(json().deserialize(json().serialize(value))).toEqual({
      none: {},
      nothing: null,
      at: '1970-01-01T00:00:00.000Z',
      list: ['a', 1],
    });
  });

  test('tells of a cycle in one line', () => {
    const value: { self?: unknown } = {};
    value.self = { inner: value };

    expect(() => json().serialize(value)).toThrow(/^JSON cannot hold it: [^\n]*circle$/);
  });

  test.each([5, null, {}, { '~standard': {} }])('%o as a schema is refused at once', (schema) => {
    expect(() => json(schema as never)).toThrow(/^json takes a Standard Schema.*, not (a|an|null)/);
  });

  test('refuses bytes that are not JSON, and bytes that are not UTF-8', () => {
    expect(() => json().deserialize(Buffer.from('{'))).toThrow(/is not JSON/);
    expect(() => json().deserialize(Uint8Array.of(0xff))).toThrow(/not UTF-8/);
  });
});

describe('text and bytes', () => {
  test('a string survives, a byte order mark included', () => {
    expect(string.deserialize(string.serialize('\ufeffžluť'))).toBe('\ufeffžluť');
  });

  test.each([
    ['bytes', bytes, 'text'],
    ['string', string, Buffer.from('x')],
    ['text or bytes', textOrBytes, { a: 1 }],
  ] as const)('%s refuses another kind of value by name', (_, serde, value) => {
    expect(() => serde.serialize(value as never)).toThrow(/is (a|an) .*not/);
  });
});

describe('text with a lone surrogate', () => {
  test.each([
    ['string', string],
    ['text or bytes', textOrBytes],
  ])('%s refuses it: UTF-8 would hold another character', (_, serde) => {
    expect(() => serde.serialize('ab\ud800c')).toThrow('has a lone surrogate at index 2');
    expect(Buffer.from(serde.serialize('ab\u{1f600}c')).toString()).toBe('ab\u{1f600}c');
  });
});

describe('protobuf with a type of protobufjs', () => {
  const { root } = protobufjs.parse(`
    syntax = "proto3";
    message Part { int32 count = 1; }
    message Order {
      int32 sum = 1;
      Part part = 2;
      repeated Part parts = 3;
      map<string, Part> byName = 4;
      oneof how { string text = 5; int32 number = 6; }
    }`);
  const serde = protobuf(root.lookupType('Order') as never as ProtobufType<object>);

  test('takes every field that the type has', () => {
    const value = {
      sum: 1,
      part: { count: 2 },
      parts: [{ count: 3 }],
      byName: { a: { count: 4 } },
      text: 'x',
      how: 'text',
    };

    const read = serde.deserialize(serde.serialize(value)) as protobufjs.Message;

    const { how: _, ...fields } = value;
    expect(read.toJSON()).toEqual(fields);
  });

  test('takes null for absent, as protobufjs does', () => {
    const value = { sum: 1, part: null, parts: null, byName: null };

    const read = serde.deserialize(serde.serialize(value)) as protobufjs.Message;

    expect(read.toJSON()).toEqual({ sum: 1 });
  });

  test.each([
    [{ summ: 1 }, 'at summ: protobuf Order has no such field'],
    [{ part: { cuont: 1 } }, 'at part.cuont: '],
    [{ parts: [{}, { cuont: 1 }] }, 'at parts[1].cuont: '],
    [{ byName: { a: { cuont: 1 } } }, 'at byName[a].cuont: '],
    [{ part: 3 }, 'at part: object expected'],
    [3, 'is a number, not an object with the fields of protobuf Order'],
    [null, 'is null, not an object with the fields of protobuf Order'],
  ])('refuses %o, naming the field', (value, message) => {
    expect(() => serde.serialize(value as object)).toThrow(message);
  });

  test('a generated class tells its own fields', () => {
    class Order {
      static readonly encode = () => ({ finish: () => Uint8Array.of(1) });
      static readonly decode = () => new Order();
      static readonly verify = () => null;
      static readonly fromObject = (object: object) => Object.assign(new Order(), object);
      toJSON = (): object => ({});
    }
    Object.assign(Order.prototype, { sum: 0 });
    const generated = protobuf<object>(Order);

    expect(generated.serialize({ sum: 1 })).toEqual(Uint8Array.of(1));
    expect(() => generated.serialize({ summ: 1 })).toThrow('at summ: protobuf Order has no such');
  });

  test.each([{}, 5, undefined])('%o is refused as a type at once', (type) => {
    expect(() => protobuf(type as never)).toThrow(/^protobuf takes a message type with encode/);
  });
});

describe('protobuf', () => {
  interface Point {
    readonly x: number;
  }
  const type = {
    name: 'Point',
    encode: ({ x }: Point) => ({ finish: () => Uint8Array.of(x) }),
    decode: (raw: Uint8Array): Point => {
      if (raw.length !== 1) throw new Error('index out of range');
      return { x: raw[0] ?? 0 };
    },
    verify: ({ x }: { [key: string]: unknown }): string | null =>
      typeof x === 'number' ? null : 'x: number expected',
  };

  test('gives back what was put in', () => {
    const serde = protobuf(type);

    expect(serde.deserialize(serde.serialize({ x: 7 }))).toEqual({ x: 7 });
  });

  test('refuses a bad value, naming the field', () => {
    expect(() => protobuf(type).serialize({ x: 'a' } as never)).toThrow('at x: number expected');
  });

  test('refuses bytes that are no such message, naming the type', () => {
    expect(() => protobuf(type).deserialize(Uint8Array.of(1, 2))).toThrow(
      'is not a protobuf Point message: index out of range',
    );
  });

  test('takes a type whose encode hands out bytes through finish', () => {
    const { encode, decode } = MetadataRequest;
    const serde = protobuf({
      encode: (m: MetadataRequest) => ({ finish: () => encode(m) }),
      decode,
    });
    const message = { topics: ['t'], allTopics: false, allowAutoCreate: true };

    expect(serde.deserialize(serde.serialize(message))).toEqual(message);
  });
});

describe('at send', () => {
  test('a value that fails its schema is refused, naming topic and field; nothing is sent', async () => {
    const world = await startWorld();
    world.cluster.createTopic('orders');
    const producer = world.client.producer({ serializers: { value: json(standard) } });

    const sent = producer.sendBatch([
      { topic: 'orders', value: order },
      { topic: 'orders', value: badOrder },
    ]);
    const { error } = await outcomeAfter(world.clock, 500, sent);

    expect(error).toMatchObject({ code: 'SERIALIZATION', topic: 'orders', maybeApplied: false });
    expect(String(error)).toContain('value of a record for orders (json): at items[0].price');
    expect(world.cluster.partition('orders').endOffset).toBe(0);
  });

  test('null is a tombstone and never reaches the serializer', async () => {
    const world = await startWorld();
    world.cluster.createTopic('orders');
    const producer = world.client.producer<string, Order>({
      serializers: { value: json(standard) },
    });

    const sent = producer.send({ topic: 'orders', key: 'k', value: null });
    await outcomeAfter(world.clock, 500, sent);

    expect(world.cluster.partition('orders').records[0]?.value).toBeNull();
  });

  test('headers keep their order; text is UTF-8', async () => {
    const world = await startWorld();
    world.cluster.createTopic('orders');
    const producer = world.client.producer();

    const headers = { b: 'é', a: Uint8Array.of(1), none: null };
    await outcomeAfter(world.clock, 500, producer.send({ topic: 'orders', value: 'v', headers }));

    const stored = world.cluster.partition('orders').records[0]?.headers ?? [];
    expect(
      stored.map(({ key, value }) => [key, value && Buffer.from(value).toString('hex')]),
    ).toEqual([
      ['b', 'c3a9'],
      ['a', '01'],
      ['none', null],
    ]);
  });
});
