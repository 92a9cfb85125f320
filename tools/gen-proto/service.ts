import type protobuf from 'protobufjs';

/** A service as an object of typed methods; streams both ways or none. */
export const renderService = (service: protobuf.Service): string =>
  `${docOf(service.comment)}export const ${service.name} = {\n` +
  `${service.methodsArray.map((method) => renderMethod(service, method)).join('')}} as const;\n\n`;

const renderMethod = (service: protobuf.Service, method: protobuf.Method): string => {
  const isStream = method.requestStream === true;
  if (isStream !== (method.responseStream === true)) {
    throw new Error(`${method.fullName}: a method streams both ways or not at all`);
  }
  const request = bare(method.requestType);
  const response = bare(method.responseType);
  const [kind, up, down] = isStream ? ['Stream', 'up', 'down'] : ['Unary', 'request', 'response'];
  const name = method.name.slice(0, 1).toLowerCase() + method.name.slice(1);
  return (
    `  ${name}: {\n    kind: '${kind?.toLowerCase()}',\n` +
    `    service: '${service.fullName.slice(1)}',\n    name: '${method.name}',\n` +
    `    ${up}: ${request},\n    ${down}: ${response},\n` +
    `  } as ${kind}Method<${request}, ${response}>,\n`
  );
};

const bare = (type: string): string => type.slice(type.lastIndexOf('.') + 1);

const docOf = (comment: string | null): string =>
  comment === null || comment === '' ? '' : `/** ${comment.replace(/\s*\n\s*/g, ' ').trim()} */\n`;
