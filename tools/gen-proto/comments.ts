import protobuf from 'protobufjs';

const SINCE = /Since \d+\.\d+\.$/;

/**
 * One line for each field whose comment does not end with the release that brought it: whoever
 * speaks the protocol has nothing but these comments to go by. Only for a root that was parsed
 * with `alternateCommentMode`, which takes `//` for a comment.
 */
export const describeUncommentedFields = (root: protobuf.Root): readonly string[] =>
  messagesIn(root)
    .flatMap((message) => message.fieldsArray)
    .filter((field) => !SINCE.test(field.comment ?? ''))
    .map(
      (field) =>
        `${field.filename} ${field.parent?.name}.${nameInProto(field)}: ` +
        "has no comment that ends with 'Since X.Y.'",
    );

const messagesIn = (namespace: protobuf.NamespaceBase): protobuf.Type[] =>
  namespace.nestedArray.flatMap((item) => {
    if (!(item instanceof protobuf.Namespace)) return [];
    return item instanceof protobuf.Type ? [item, ...messagesIn(item)] : messagesIn(item);
  });

/** Parsing makes names camelCase: this is the one to search the file for. */
const nameInProto = ({ name }: protobuf.Field): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
