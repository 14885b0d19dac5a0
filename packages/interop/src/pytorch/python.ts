/* The parts of model.py that are the same for every model; each is written only if it is needed. */

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

export const lockedDropout = `def locked_dropout(x, rate, training):
    """Drops features of x [batch, time, features], the same ones at every step (Gal & Ghahramani 2016)."""
    return x * nn.functional.dropout(torch.ones_like(x[:, :1]), rate, training)
`;

export const featureScale = `class FeatureScale(nn.Module):
    """A gain and a bias for each feature."""

    def __init__(self, features):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))

    def forward(self, x):
        return x * self.weight + self.bias
`;

export const recurrent = `class Recurrent(nn.Module):
    """One direction of an RNN, LSTM or GRU with options that torch.nn does not have.

    Kernels are [inputs, gates * units]; gates are i, f, g, o in the LSTM and r, z, n in the GRU.
    """

    def __init__(self, cell, units, shapes, activation, gate, clip=0.0, reset_after=True, dropout=0.0):
        super().__init__()
        self.step = {"rnn": self.rnn, "lstm": self.lstm, "gru": self.gru}[cell]
        self.units, self.activation, self.gate_activation = units, activation, gate
        self.clip, self.reset_after, self.dropout = clip, reset_after, dropout
        for name, shape in shapes.items():
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)))

    def weight(self, name):
        return getattr(self, name, None)

    def forward(self, x):
        h = x.new_zeros(x.shape[0], self.recurrentKernel.shape[0])
        c = x.new_zeros(x.shape[0], self.units)
        kept = nn.functional.dropout(torch.ones_like(h), self.dropout, self.training)
        projected = self.normalize(x @ self.kernel, self.weight("inputGain"))
        if self.weight("bias") is not None:
            projected = projected + self.bias
        outputs = []
        for t in range(x.shape[1]):
            h, c = self.step(projected[:, t], h, c, kept)
            outputs.append(h)
        return torch.stack(outputs, 1), h

    def normalize(self, gates, gain):
        if gain is None:
            return gates
        each = gates.unflatten(-1, (-1, self.units))
        return nn.functional.layer_norm(each, (self.units,)).flatten(-2) * gain

    def limit(self, x):
        return x.clamp(-self.clip, self.clip) if self.clip > 0 else x

    def gate(self, x):
        return self.gate_activation(self.limit(x))

    def rnn(self, x, h, c, kept):
        product = self.normalize((h * kept) @ self.recurrentKernel, self.weight("recurrentGain"))
        return self.activation(self.limit(x + product)), c

    def lstm(self, x, h, c, kept):
        product = self.normalize((h * kept) @ self.recurrentKernel, self.weight("recurrentGain"))
        i, f, g, o = (x + product).chunk(4, -1)
        peepholes = self.weight("peepholes")
        look = peepholes.chunk(3) if peepholes is not None else (0.0, 0.0, 0.0)
        following = self.gate(f + look[1] * c) * c + self.gate(i + look[0] * c) * self.activation(self.limit(g))
        seen = following
        if self.weight("cellGain") is not None:
            seen = nn.functional.layer_norm(following, (self.units,)) * self.cellGain + self.cellBias
        h = self.gate(o + look[2] * following) * self.activation(seen)
        return (h @ self.projection if self.weight("projection") is not None else h), following

    def gru(self, x, h, c, kept):
        gain, size = self.weight("recurrentGain"), self.units
        xr, xz, xn = x.chunk(3, -1)
        if self.reset_after:
            product = self.normalize((h * kept) @ self.recurrentKernel, gain)
            if self.weight("recurrentBias") is not None:
                product = product + self.recurrentBias
            hr, hz, hn = product.chunk(3, -1)
            r, z = self.gate(xr + hr), self.gate(xz + hz)
            n = self.activation(self.limit(xn + r * hn))
        else:
            gates, candidate = self.recurrentKernel.split([2 * size, size], -1)
            gains = gain.split([2 * size, size]) if gain is not None else (None, None)
            hr, hz = self.normalize((h * kept) @ gates, gains[0]).chunk(2, -1)
            r, z = self.gate(xr + hr), self.gate(xz + hz)
            n = self.activation(self.limit(xn + self.normalize((r * h * kept) @ candidate, gains[1])))
        return (1 - z) * n + z * h, c
`;

export const load = `def load(path):
    """Returns the model with the weights of a file, and the metadata of the file."""
    tensors, metadata = load_weights(path)
    model = Model()
    model.load_state_dict(tensors)
    return model, metadata
`;
