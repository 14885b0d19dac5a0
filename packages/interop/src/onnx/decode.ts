import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FormatError } from '@recurra/core';
import { type ModelProto, ModelProtoSchema } from './onnx_pb.js';

/** A message costs some hundred bytes of memory and may take two in a file: so many there may be, and one for each 32 bytes. */
const freeMessages = 50_000;
const mostDepth = 50;

/** @throws FormatError for bytes that are not a ModelProto */
export function decodeModel(bytes: Uint8Array): ModelProto {
  try {
    const most = freeMessages + bytes.length / 32;
    const count = countMessages(ModelProtoSchema, new BinaryReader(bytes), bytes.length, 0, most);
    if (count > most) {
      throw new FormatError(`it has more than ${Math.floor(most)} parts in ${bytes.length} bytes`);
    }
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new FormatError(`the file is not an ONNX model: ${(cause as Error).message}`, { cause });
  }
}

/** How many messages are within a message, found without making any; counting ends when there are too many. */
function countMessages(
  type: DescMessage,
  reader: BinaryReader,
  end: number,
  depth: number,
  most: number,
): number {
  if (depth > mostDepth) throw new FormatError(`its parts lie in more than ${mostDepth} others`);
  const fields = new Map(type.fields.map((field) => [field.number, field.message]));
  let count = 0;
  while (reader.pos < end && count <= most) {
    const [number, wireType] = reader.tag();
    const inner = wireType === WireType.LengthDelimited ? fields.get(number) : undefined;
    if (!inner) reader.skip(wireType, number);
    else {
      const size = reader.uint32();
      count += 1 + countMessages(inner, reader, reader.pos + size, depth + 1, most - count);
    }
  }
  return count;
}
