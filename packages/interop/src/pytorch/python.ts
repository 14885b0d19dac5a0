/* The parts of model.py that are the same for every model; each is written only if it is needed. */

import { minRecurrent, recurrent, slstm } from './python-cells.js';

export const imports = `import json
import math

import torch
from torch import nn
`;

export const files = `def load_weights(path):
    """Returns the tensors of a .safetensors file by name, and its metadata."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, shape = entry["data_offsets"][0], entry["shape"]
        values = torch.frombuffer(data, dtype=torch.float32, count=math.prod(shape), offset=begin)
        tensors[name] = values.reshape(shape).clone()
    return tensors, metadata


def save_weights(path, tensors, metadata):
    """Writes a .safetensors file, which Recurra can read."""
    header, parts, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        part = tensor.detach().cpu().float().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(part)],
        }
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(parts))
`;

const lockedDropout = `def locked_dropout(x, rate, training):
    """Drops features of x [batch, time, features], the same ones at every step (Gal & Ghahramani 2016)."""
    return x * nn.functional.dropout(torch.ones_like(x[:, :1]), rate, training)
`;

const featureScale = `class FeatureScale(nn.Module):
    """A gain and a bias for each feature."""

    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        return x * self.weight + self.bias
`;

const spatialDropout = `def spatial_dropout(x, rate, training):
    """Drops features of x [batch, time, features], or channels of images, at all steps and pixels (Tompson et al. 2015)."""
    ones = x.new_ones(x.shape[0], *[1] * (x.dim() - 2), x.shape[-1])
    return x * nn.functional.dropout(ones, rate, training)
`;

const onImages = `def on_images(module, x):
    """Runs a module of [batch, channels, height, width] on images [..., height, width, channels]."""
    y = module(x.flatten(0, -4).movedim(-1, 1)).movedim(1, -1)
    return y.reshape(*x.shape[:-3], *y.shape[1:])
`;

const onFeatures = `def on_features(module, x):
    """Runs a module of [batch, features] on x [..., features]."""
    return module(x.flatten(0, -2)).reshape(x.shape)
`;

const attention = `class Attention(nn.Module):
    """Attention of a query [batch, steps, features] to the steps of a memory. Kernels are [inputs, units]."""

    def __init__(self, shapes, score, scale=1.0, heads=None, causal=False, dropout=0.0):
        super().__init__()
        self.score, self.scale, self.heads = score, scale, heads
        self.causal, self.dropout = causal, dropout
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def forward(self, query, memory):
        if self.heads is None:
            return self.weights(self.scores(query, memory)) @ memory
        queries, keys = self.split("query", query), self.split("key", memory)
        weights = self.weights(self.scale * queries @ keys.transpose(-1, -2))
        joined = (weights @ self.split("value", memory)).transpose(1, 2).flatten(2)
        return self.project("output", joined)

    def scores(self, query, memory):
        if self.score == "additive":
            sums = (query @ self.queryKernel).unsqueeze(2) + (memory @ self.memoryKernel).unsqueeze(1)
            return self.scale * (torch.tanh(sums) @ self.scoreKernel).squeeze(-1)
        projected = query @ self.kernel if self.score == "general" else query
        return self.scale * projected @ memory.transpose(-1, -2)

    def weights(self, scores):
        if self.causal:
            later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(later, -math.inf)
        return nn.functional.dropout(torch.softmax(scores, -1), self.dropout, self.training)

    def project(self, name, x):
        y = x @ getattr(self, name + "Kernel")
        bias = getattr(self, name + "Bias", None)
        return y if bias is None else y + bias

    def split(self, name, x):
        return self.project(name, x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
`;

const bahdanauDecoder = `class BahdanauDecoder(nn.Module):
    """A recurrent layer whose cell looks at a memory before each step (Bahdanau et al. 2015)."""

    def __init__(self, cell, attention, dropout=0.0):
        super().__init__()
        self.cell, self.attention, self.dropout = cell, attention, dropout

    def forward(self, x, memory, state=None):
        h, c, kept = self.cell.start(x, state)
        seen = nn.functional.dropout(torch.ones_like(memory[:, 0]), self.dropout, self.training)
        outputs = []
        for t in range(x.shape[1]):
            context = self.attention(h.unsqueeze(1), memory)[:, 0] * seen
            h, c = self.cell.step(self.cell.project(torch.cat([x[:, t], context], -1)), h, c, kept)
            outputs.append(h)
        return torch.stack(outputs, 1), self.cell.state(h, c)
`;

/** By the names that a model uses, in the order of the file. */
export const helpers: Readonly<Record<string, string>> = {
  locked_dropout: lockedDropout,
  spatial_dropout: spatialDropout,
  on_images: onImages,
  on_features: onFeatures,
  FeatureScale: featureScale,
  Recurrent: recurrent,
  MinRecurrent: minRecurrent,
  SLSTM: slstm,
  Attention: attention,
  BahdanauDecoder: bahdanauDecoder,
};

export const load = `def load(path):
    """Returns the model with the weights of a file, and the metadata of the file."""
    tensors, metadata = load_weights(path)
    model = Model()
    model.load_state_dict(tensors)
    return model, metadata
`;
