"""Models that PyTorch's users write: their weights, an input, and what they give. foreign.py FOLDER, which has a model.py."""
import json
import pathlib
import sys

import torch
from torch import nn

folder = pathlib.Path(sys.argv[1])
sys.path.insert(0, str(folder))
from model import save_weights

torch.manual_seed(5)


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.lstm = nn.LSTM(4, 3, num_layers=2, bidirectional=True, batch_first=True)
        self.tags = nn.Linear(6, 2)

    def forward(self, x):
        return self.tags(self.lstm(self.words(x.long()))[0])


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.GRU(3, 5, batch_first=True)
        self.norm = nn.LayerNorm(5)
        self.head = nn.Linear(5, 1)

    def forward(self, x):
        return self.head(self.norm(self.rnn(x)[1][-1]))


class Projected(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.LSTM(3, 5, proj_size=2, batch_first=True, bias=False)
        self.decoder = nn.RNN(2, 4, batch_first=True)

    def forward(self, x):
        return self.decoder(self.encoder(x)[0])[0][:, -1]


numbers = lambda tensor: {"shape": list(tensor.shape), "data": tensor.detach().flatten().tolist()}
for model, x in [
    (Tagger(), torch.randint(0, 9, (3, 5)).float()),
    (Forecaster(), torch.randn(3, 6, 3)),
    (Projected(), torch.randn(2, 4, 3)),
]:
    name = type(model).__name__
    save_weights(folder / f"{name}.safetensors", model.state_dict(), {"format": "pt"})
    (folder / f"{name}.json").write_text(json.dumps({"input": numbers(x), "output": numbers(model(x))}))
