/** train_ddp.py, which is the same for every model except for its default loss. */
export function trainingPython(loss: 'crossEntropy' | 'binaryCrossEntropy' | 'meanSquaredError'): string {
  return `"""Trains the model of model.py further, in the processes that torchrun starts. Recurra can read the result.

    torchrun --nproc_per_node 2 train_ddp.py data.json --epochs 10 --out trained.safetensors

data.json is {"x": {"shape": [...], "data": [...]}, "y": {"shape": [...], "data": [...]}}: y contains classes for
crossEntropy, and otherwise has the shape of the output.
"""
import argparse
import json
import os

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

from model import load, save_weights

LOSSES = {
    "crossEntropy": lambda z, y: nn.functional.cross_entropy(z.flatten(0, -2), y.long().flatten()),
    "binaryCrossEntropy": lambda z, y: nn.functional.binary_cross_entropy_with_logits(z, y.view_as(z)),
    "meanSquaredError": lambda z, y: nn.functional.mse_loss(z, y.view_as(z)),
}
LOGITS = ${loss === 'meanSquaredError' ? '{}' : '{"logits": True}'}


def read(entry):
    return torch.tensor(entry["data"], dtype=torch.float32).reshape(entry["shape"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--weights", default=os.path.join(os.path.dirname(__file__), "model.safetensors"))
    parser.add_argument("--out", default="trained.safetensors")
    parser.add_argument("--loss", choices=LOSSES, default="${loss}")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32, help="per process")
    parser.add_argument("--learning-rate", type=float, default=1e-3)
    options = parser.parse_args()

    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    rank = dist.get_rank()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if torch.cuda.is_available() else "cpu"
    network, metadata = load(options.weights)
    model = DistributedDataParallel(network.to(device))
    optimizer = torch.optim.Adam(
        [weight for weight in model.parameters() if weight.requires_grad], lr=options.learning_rate
    )

    with open(options.data) as file:
        data = json.load(file)
    samples = TensorDataset(read(data["x"]), read(data["y"]))
    sampler = DistributedSampler(samples)
    for epoch in range(options.epochs):
        sampler.set_epoch(epoch)
        for x, y in DataLoader(samples, options.batch_size, sampler=sampler):
            loss = LOSSES[options.loss](model(x.to(device), **LOGITS), y.to(device))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        if rank == 0:
            print(f"epoch {epoch + 1}: loss {loss.item():.6f}")

    if rank == 0:
        save_weights(options.out, network.state_dict(), metadata)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
`;
}
