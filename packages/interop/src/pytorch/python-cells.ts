/* The classes of model.py for cells that torch.nn does not have. */

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

    def forward(self, x, state=None):
        h, c, kept = self.start(x, state)
        projected = self.project(x)
        outputs = []
        for t in range(x.shape[1]):
            h, c = self.step(projected[:, t], h, c, kept)
            outputs.append(h)
        return torch.stack(outputs, 1), self.state(h, c)

    def start(self, x, state):
        """The first state, and what recurrent dropout keeps of h."""
        h = x.new_zeros(x.shape[0], self.recurrentKernel.shape[0]) if state is None else state[0]
        c = x.new_zeros(x.shape[0], self.units) if state is None or len(state) == 1 else state[1]
        return h, c, nn.functional.dropout(torch.ones_like(h), self.dropout, self.training)

    def state(self, h, c):
        return [h, c] if self.step == self.lstm else [h]

    def project(self, x):
        projected = self.normalize(x @ self.kernel, self.weight("inputGain"))
        return projected if self.weight("bias") is None else projected + self.bias

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

export const minRecurrent = `class MinRecurrent(nn.Module):
    """One direction of a minGRU or minLSTM (Feng et al. 2024). The kernel is [inputs, gates * units]; gates are z, h or f, i, h."""

    def __init__(self, gates, features, units, bias, activation):
        super().__init__()
        self.gates, self.activation = gates, activation
        self.kernel = nn.Parameter(torch.zeros(features, gates * units))
        self.bias = nn.Parameter(torch.zeros(gates * units)) if bias else None

    def forward(self, x, state=None):
        product = x @ self.kernel
        *gates, candidate = (product if self.bias is None else product + self.bias).chunk(self.gates, -1)
        if len(gates) == 1:
            keep = torch.sigmoid(-gates[0])
        else:
            keep = torch.sigmoid(nn.functional.logsigmoid(gates[0]) - nn.functional.logsigmoid(gates[1]))
        added = (1 - keep) * self.activation(candidate)
        h = x.new_zeros(x.shape[0], added.shape[-1]) if state is None else state[0]
        outputs = []
        for t in range(x.shape[1]):
            h = keep[:, t] * h + added[:, t]
            outputs.append(h)
        return torch.stack(outputs, 1), [h]
`;

export const slstm = `class SLSTM(nn.Module):
    """One direction of an sLSTM (Beck et al. 2024). Gates are i, f, z, o; recurrentKernel has a block for each head."""

    def __init__(self, heads, features, units, bias, activation, log_forget):
        super().__init__()
        self.activation, self.log_forget = activation, log_forget
        self.kernel = nn.Parameter(torch.zeros(features, 4 * units))
        self.recurrentKernel = nn.Parameter(torch.zeros(heads, units // heads, 4 * units // heads))
        self.bias = nn.Parameter(torch.zeros(4 * units)) if bias else None

    def forward(self, x, state=None):
        product = x @ self.kernel
        projected = product if self.bias is None else product + self.bias
        zeros = x.new_zeros(x.shape[0], product.shape[-1] // 4)
        given = [] if state is None else list(state)
        h, c, n, m = given + [zeros] * (4 - len(given))
        outputs = []
        for t in range(x.shape[1]):
            i, f, z, o = (projected[:, t] + self.recur(h)).chunk(4, -1)
            carried = torch.where(n == 0, i, m + self.log_forget(f))
            m = torch.maximum(carried, i)
            forget, enter = torch.exp(carried - m), torch.exp(i - m)
            c = forget * c + enter * self.activation(z)
            n = forget * n + enter
            h = torch.sigmoid(o) * c / n
            outputs.append(h)
        return torch.stack(outputs, 1), [h, c, n, m]

    def recur(self, h):
        """The product of each head's part of h with its block, gate by gate."""
        heads = self.recurrentKernel.shape[0]
        product = h.unflatten(-1, (heads, -1)).transpose(0, 1) @ self.recurrentKernel
        return product.unflatten(-1, (4, -1)).permute(1, 2, 0, 3).flatten(1)
`;
