import type { NodeShape } from '../../../deploy/local/layout.ts';
import { combinedShape, separateShape } from '../../../deploy/local/layout.ts';

const SEPARATE = /^([1-9])\+([1-9])$/;
const COMBINED = /^[1-9]$/;

/** Brokers that a partition's replicas need. */
const BROKERS_MIN = 3;

/** `3+3`: controllers and brokers of their own; `5`: nodes that are both. Throws for others. */
export const parseShape = (text: string): NodeShape[] => {
  const [, controllers, brokers] = SEPARATE.exec(text) ?? [];
  if (Number(brokers) >= BROKERS_MIN) return separateShape(Number(controllers), Number(brokers));
  if (COMBINED.test(text) && Number(text) >= BROKERS_MIN) return combinedShape(Number(text));
  throw new Error(`'${text}' is no shape: say 3+3 (controllers+brokers, 3 at least) or 5 (nodes)`);
};
