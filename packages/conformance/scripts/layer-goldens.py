"""Writes goldens/layer-*.json: layers as PyTorch computes them, in float64. Run with PyTorch 2 and NumPy."""
import json
import math
import pathlib

import torch
import torch.nn.functional as F

FOLDER = pathlib.Path(__file__).parent.parent / 'goldens'
torch.set_default_dtype(torch.float64)


def random(shape, reach=1.0):
    """Three decimals, so that the file has the very numbers."""
    return ((torch.rand(*shape) * 2 - 1) * reach * 1000).round() / 1000


def distinct(shape):
    """The same, no two alike, so that every window has one maximum."""
    size = math.prod(shape)
    return ((torch.randperm(size) - size // 2) / 1000).reshape(shape)


def pair(size):
    return [size, size] if isinstance(size, int) else size


def padded(x, size, strides, padding, value):
    """[N, C, H, W] as Keras pads for 'same': the larger half below and to the right."""
    if padding == 'valid':
        return x
    sides = []
    for n, k, s in reversed(list(zip(x.shape[-2:], size, strides))):
        missing = max((math.ceil(n / s) - 1) * s + k - n, 0)
        sides += [missing // 2, missing - missing // 2]
    return F.pad(x, sides, value=value)


def conv2d(x, weights, o):
    size, strides = pair(o['kernelSize']), pair(o.get('strides', 1))
    x = padded(x, size, strides, o.get('padding', 'valid'), 0)
    y = F.conv2d(x, weights['kernel'].permute(3, 2, 0, 1), weights.get('bias'), strides)
    return torch.tanh(y) if o.get('activation') == 'tanh' else y


def pool(x, o, value, f):
    size = pair(o.get('poolSize', 2))
    strides = pair(o.get('strides', size))
    return f(padded(x, size, strides, o.get('padding', 'valid'), value), size, strides)


def max_pooling(x, weights, o):
    return pool(x, o, -math.inf, F.max_pool2d)


def average_pooling(x, weights, o):
    """The mean of the pixels that lie in the image."""
    return pool(x, o, 0, F.avg_pool2d) / pool(torch.ones_like(x), o, 0, F.avg_pool2d)


def on_images(f):
    """Channels last, of frames all steps together."""

    def run(x, weights, o, lengths, buffers, training):
        y = f(x.flatten(0, -4).permute(0, 3, 1, 2), weights, o).permute(0, 2, 3, 1)
        return y.unflatten(0, x.shape[:-3]), None

    return run


def max_pooling_1d(x, weights, o, lengths, buffers, training):
    """[T, B, F], each row as long as its length, zeros after it."""
    height = {key: [value, 1] for key, value in o.items() if key != 'padding'}
    options = {'poolSize': [2, 1], **height, 'padding': o.get('padding', 'valid')}
    rows = []
    for b, length in enumerate(lengths or [x.shape[0]] * x.shape[1]):
        rows.append(max_pooling(x[:length, b].T[None, :, :, None], weights, options)[0, :, :, 0].T)
    y = torch.zeros(max(len(row) for row in rows), *x.shape[1:])
    for b, row in enumerate(rows):
        y[: len(row), b] = row
    return y, None


def batch_norm(x, weights, o, lengths, buffers, training):
    """Of the valid steps; PyTorch's running variance is unbiased, Keras's is not."""
    kept = torch.ones(x.shape[:-1], dtype=torch.bool)
    if lengths:
        kept &= torch.arange(x.shape[0])[:, None] < torch.tensor(lengths)
    rows = x[kept]
    mean, variance = buffers['runningMean'].clone(), buffers['runningVariance'].clone()
    momentum = 1 - o.get('momentum', 0.99)
    y = torch.zeros_like(x)
    y[kept] = F.batch_norm(rows, mean, variance, weights['gain'], weights['bias'], training, momentum, o.get('epsilon', 1e-3))
    if not training:
        return y, None
    before = (1 - momentum) * buffers['runningVariance']
    biased = before + (variance - before) * (len(rows) - 1) / len(rows)
    return y, {'runningMean': mean, 'runningVariance': biased}


LAYERS = {
    'conv2d': on_images(conv2d),
    'maxPooling2d': on_images(max_pooling),
    'averagePooling2d': on_images(average_pooling),
    'maxPooling1d': max_pooling_1d,
    'batchNorm': batch_norm,
}


def shapes_of(kind, o, channels):
    if kind == 'conv2d':
        return {'kernel': [*pair(o['kernelSize']), channels, o['filters']], 'bias': [o['filters']]}
    return {'gain': [channels], 'bias': [channels]} if kind == 'batchNorm' else {}


def golden(name, seed, kind, signal, shape, options, lengths=None, training=False):
    torch.manual_seed(seed)
    x = (distinct if 'Pooling' in kind else random)(shape)
    weights = {key: random(s, reach=0.7) for key, s in shapes_of(kind, options, shape[-1]).items()}
    buffers = {}
    if kind == 'batchNorm':
        buffers = {'runningMean': random(shape[-1:]), 'runningVariance': random(shape[-1:], 0.4) + 0.5}
    for value in (x, *weights.values()):
        value.requires_grad_()
    y, moved = LAYERS[kind](x, weights, options, lengths, buffers, training)
    dy = random(y.shape)
    if lengths and kind == 'batchNorm':
        dy *= (torch.arange(shape[0])[:, None] < torch.tensor(lengths))[..., None]
    (y * dy).sum().backward()
    fields = {
        'source': f'PyTorch {torch.__version__.split("+")[0]}, float64',
        'kind': kind,
        'options': options,
        'signal': signal,
        'training': training,
        'lengths': lengths,
        'weights': {key: tensor(value, str) for key, value in weights.items()},
        'buffers': {key: tensor(value, str) for key, value in buffers.items()},
        'x': tensor(x, str),
        'y': tensor(y, nine),
        'dy': tensor(dy, str),
        'dx': tensor(x.grad, nine),
        'dWeights': {key: tensor(value.grad, nine) for key, value in weights.items()},
        'newBuffers': moved and {key: tensor(value, nine) for key, value in moved.items()},
    }
    (FOLDER / f'{name}.json').write_text(json.dumps({'name': name, **fields}, separators=(',', ':')) + '\n')


def tensor(values, digits):
    """Rounding errors around 0 are 0."""
    flat = values.detach().flatten().tolist()
    return {'shape': list(values.shape), 'data': [json.loads(digits(0 if abs(v) < 1e-12 else round(v, 15))) for v in flat]}


def nine(value):
    return f'{value:.9g}'


golden('layer-conv2d-valid', 1, 'conv2d', 'image', [2, 5, 6, 2], {'filters': 3, 'kernelSize': [2, 3]})
golden('layer-conv2d-same-strides', 2, 'conv2d', 'image', [2, 5, 6, 2], {'filters': 3, 'kernelSize': [2, 3], 'strides': [1, 2], 'padding': 'same'})
golden('layer-conv2d-same-frames', 3, 'conv2d', 'frames', [3, 2, 4, 3, 1], {'filters': 2, 'kernelSize': 3, 'padding': 'same', 'activation': 'tanh'})
golden('layer-conv2d-same-large', 4, 'conv2d', 'image', [3, 7, 6, 5], {'filters': 17, 'kernelSize': 4, 'padding': 'same'})
golden('layer-maxPooling2d-large', 5, 'maxPooling2d', 'image', [3, 9, 8, 6], {})
golden('layer-maxPooling2d-same-strides', 6, 'maxPooling2d', 'frames', [2, 2, 5, 6, 2], {'poolSize': [3, 2], 'strides': [2, 1], 'padding': 'same'})
golden('layer-averagePooling2d-valid', 7, 'averagePooling2d', 'image', [2, 5, 6, 2], {'poolSize': [2, 3], 'strides': 2})
golden('layer-averagePooling2d-same', 8, 'averagePooling2d', 'image', [2, 5, 4, 2], {'poolSize': [2, 3], 'padding': 'same'})
golden('layer-maxPooling1d-lengths', 9, 'maxPooling1d', 'sequence', [7, 3, 2], {'poolSize': 3, 'strides': 2}, lengths=[7, 5, 3])
golden('layer-maxPooling1d-same-lengths', 10, 'maxPooling1d', 'sequence', [7, 3, 2], {'padding': 'same'}, lengths=[7, 4, 1])
golden('layer-batchNorm-training-lengths', 11, 'batchNorm', 'sequence', [5, 3, 4], {'momentum': 0.8}, lengths=[5, 1, 3], training=True)
golden('layer-batchNorm-training-image', 12, 'batchNorm', 'image', [5, 3, 5, 17], {'epsilon': 0.01}, training=True)
golden('layer-batchNorm-inference', 13, 'batchNorm', 'frames', [2, 2, 2, 1, 3], {})
