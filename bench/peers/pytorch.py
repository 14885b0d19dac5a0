"""Measures PyTorch: `pytorch.py THREADS cpu|cuda`. Each request is a line of JSON, and so is each reply."""

import json
import struct
import sys
import time

import numpy
import torch


def read_tensors(path):
    """A .safetensors file of float32."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    return {
        name: torch.from_numpy(numpy.frombuffer(body[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"]).copy())
        for name, entry in header.items()
        if name != "__metadata__"
    }


def write_tensors(path, tensors):
    header, body = {}, b""
    for name, tensor in sorted(tensors.items()):
        data = tensor.detach().cpu().numpy().astype("<f4").tobytes()
        offsets = [len(body), len(body) + len(data)]
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": offsets}
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


class Scenario:
    """The gates have the same order as in Recurra. Weights are transposed, and there is a second bias."""

    def __init__(self, request, device):
        self.device = device
        self.cell, self.mode, self.epochs = request["cell"], request["mode"], request["epochs"]
        self.rows, self.steps = request["B"], request["steps"]
        # On the host, as with Recurra: each step sends a batch to the device.
        self.tensors = read_tensors(request["file"])
        layer = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[self.cell]
        self.layer = layer(request["I"], request["H"], batch_first=self.mode == "task")
        outputs = request.get("outputs")
        self.head = torch.nn.Linear(request["H"], outputs) if outputs else None
        for part in filter(None, [self.layer, self.head]):
            part.to(device)
        self.set_weights()
        parameters = [self.layer.weight_ih_l0, self.layer.weight_hh_l0, self.layer.bias_ih_l0]
        if self.cell == "gru":
            parameters.append(self.layer.bias_hh_l0)
        else:
            self.layer.bias_hh_l0.requires_grad_(False)
        self.named = dict(zip(["0.kernel", "0.recurrentKernel", "0.bias", "0.recurrentBias"], parameters))
        if self.head:
            self.named.update({"1.kernel": self.head.weight, "1.bias": self.head.bias})
        self.state, self.frame = None, 0
        self.optimizer = torch.optim.Adam(self.named.values()) if self.mode == "train" else None

    def set_weights(self):
        weights = self.tensors
        with torch.no_grad():
            self.layer.weight_ih_l0.copy_(weights["0.kernel"].T)
            self.layer.weight_hh_l0.copy_(weights["0.recurrentKernel"].T)
            self.layer.bias_ih_l0.copy_(weights["0.bias"])
            if self.cell == "gru":
                self.layer.bias_hh_l0.copy_(weights["0.recurrentBias"])
            else:
                self.layer.bias_hh_l0.zero_()
            if self.head:
                self.head.weight.copy_(weights["1.kernel"].T)
                self.head.bias.copy_(weights["1.bias"])

    def on_device(self, name):
        return self.tensors[name].to(self.device)

    def network(self, x):
        y, _ = self.layer(x)
        return self.head(y) if self.head else y

    def forward(self):
        with torch.no_grad():
            return self.network(self.on_device("x")).cpu()

    def gradients(self):
        x = self.on_device("x").requires_grad_(True)
        y = self.network(x)
        results = torch.autograd.grad(y, [x, *self.named.values()], self.on_device("target"))
        results[-1].cpu()
        return y, results

    def train(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = torch.nn.functional.mse_loss(self.network(self.on_device("x")), self.on_device("target"))
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def stream(self):
        x = self.tensors["x"]
        with torch.no_grad():
            y, self.state = self.layer(x[self.frame : self.frame + 1].to(self.device), self.state)
        self.frame = (self.frame + 1) % len(x)
        return y.cpu()

    def task(self):
        self.set_weights()
        x, target = self.on_device("x"), self.on_device("target")
        optimizer = torch.optim.Adam(self.named.values())
        losses = []
        for _ in range(self.epochs):
            total = 0
            for first in range(0, len(x), self.rows):
                y, _ = self.layer(x[first : first + self.rows])
                loss = torch.nn.functional.mse_loss(self.head(y[:, -1]), target[first : first + self.rows])
                optimizer.zero_grad(set_to_none=True)
                loss.backward()
                optimizer.step()
                total += loss.item() * self.rows
            losses.append(total / len(x))
        return losses

    def step(self):
        return getattr(self, self.mode)()

    def outputs(self):
        if self.mode == "forward":
            return {"y": self.step()}
        if self.mode == "stream":
            return {"y": torch.cat([self.step() for _ in range(len(self.tensors["x"]))])}
        if self.mode == "task":
            return {"losses": torch.tensor(self.step())}
        if self.mode == "gradients":
            y, (x, *weights) = self.gradients()
            return {"y": y, "x": x, **self.in_recurra_layout(weights)}
        losses = torch.tensor([self.step() for _ in range(self.steps)])
        return {"losses": losses, **self.in_recurra_layout(self.named.values())}

    def in_recurra_layout(self, weights):
        return {name: weight.T if weight.dim() == 2 else weight for name, weight in zip(self.named, weights)}


def times(scenario, milliseconds):
    results = []
    end = time.perf_counter() + milliseconds / 1000
    while True:
        start = time.perf_counter()
        scenario.step()
        stop = time.perf_counter()
        results.append((stop - start) * 1000)
        if stop >= end:
            return results


def main():
    threads, device = int(sys.argv[1]), sys.argv[2]
    torch.set_num_threads(threads)
    # All systems compute in float32.
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    version = ".".join(map(str, sys.version_info[:3]))
    opened = {"version": torch.__version__, "runtime": f"Python {version}", "threads": torch.get_num_threads()}
    if device == "cuda":
        opened["adapter"] = torch.cuda.get_device_name()
    print(json.dumps(opened), flush=True)
    scenario = None
    for line in sys.stdin:
        request = json.loads(line)
        if "milliseconds" in request:
            reply = {"times": times(scenario, request["milliseconds"])}
        else:
            scenario = Scenario(request, device)
            write_tensors(request["file"], scenario.outputs())
            reply = {}
        print(json.dumps(reply), flush=True)


main()
