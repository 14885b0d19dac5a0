import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { FormatError } from '@recurra/core';
import { type ModelProto, ModelProtoSchema } from './onnx_pb.js';

/** A message needs some hundred bytes of memory, but as few as two in a file. Limit: this many, and one per 32 bytes. */
const freeMessages = 50_000;
const maxDepth = 50;

/** @throws FormatError for bytes that are not a ModelProto */
export function decodeModel(bytes: Uint8Array): ModelProto {
  try {
    const limit = freeMessages + bytes.length / 32;
    const count = countMessages(ModelProtoSchema, new BinaryReader(bytes), bytes.length, 0, limit);
    if (count > limit) {
      throw new FormatError(`it has more than ${Math.floor(limit)} messages in ${bytes.length} bytes`);
    }
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (cause) {
    throw new FormatError(`the file is not an ONNX model: ${(cause as Error).message}`, { cause });
  }
}

/** Counts the messages inside a message without decoding them, up to a limit. */
function countMessages(
  type: DescMessage,
  reader: BinaryReader,
  end: number,
  depth: number,
  limit: number,
): number {
  if (depth > maxDepth) throw new FormatError(`messages are nested more than ${maxDepth} deep`);
  const fields = new Map(type.fields.map((field) => [field.number, field.message]));
  let count = 0;
  while (reader.pos < end && count <= limit) {
    const [number, wireType] = reader.tag();
    const inner = wireType === WireType.LengthDelimited ? fields.get(number) : undefined;
    if (!inner) reader.skip(wireType, number);
    else {
      const size = reader.uint32();
      count += 1 + countMessages(inner, reader, reader.pos + size, depth + 1, limit - count);
    }
  }
  return count;
}
