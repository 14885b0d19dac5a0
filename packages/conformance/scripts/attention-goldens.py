"""Writes goldens/attention-*.json: attention as PyTorch computes it, in float64. Run with PyTorch 2 and NumPy."""
import json
import pathlib

import torch
from torch import nn

FOLDER = pathlib.Path(__file__).parent.parent / 'goldens'
torch.set_default_dtype(torch.float64)


def random(*shape, reach=1.0):
    """Three decimals, so that the file has the very numbers."""
    values = (torch.rand(*shape) * 2 - 1) * reach
    return (values * 1000).round() / 1000


def kept(lengths, steps, batch):
    """[steps, batch]: which steps are valid."""
    rows = torch.tensor(lengths if lengths else [steps] * batch)
    return torch.arange(steps)[:, None] < rows


def softmax(scores, seen):
    """Over the last axis of [Tq, B, Tm], of the steps that are seen."""
    return torch.softmax(scores.masked_fill(~seen, -torch.inf), 2)


def scores_by(score, weights, query, memory):
    """[Tq, B, Q] and [Tm, B, M] to [Tq, B, Tm]."""
    if score == 'dot':
        return torch.einsum('tbf,sbf->tbs', query, memory)
    if score == 'general':
        return torch.einsum('tbq,qm,sbm->tbs', query, weights['weight'], memory)
    sums = (query @ weights['query_weight'].T)[:, None] + (memory @ weights['memory_weight'].T)[None]
    return torch.einsum('tsba,a->tbs', torch.tanh(sums), weights['score_weight'][0])


def by_heads(c, weights, query, memory, seen):
    layer = nn.MultiheadAttention(c['units'], c['heads'], kdim=c['memoryWidth'], vdim=c['memoryWidth'])
    if layer.q_proj_weight is None:
        raise ValueError('the memory must not be as wide as the units, so that PyTorch keeps three projections')
    names = {'out_proj_weight': 'out_proj.weight', 'out_proj_bias': 'out_proj.bias'}
    given = {names.get(name, name): value for name, value in weights.items()}
    # [B · heads, Tq, Tm], True where a step is not seen.
    mask = ~seen.permute(1, 0, 2).repeat_interleave(c['heads'], 0)
    return torch.func.functional_call(layer, given, (query, memory, memory), {'attn_mask': mask})


def by_decoder(c, weights, query, memory, seen, valid):
    """The cell's outputs and the weights, step by step."""
    cell = {'gru': nn.GRUCell, 'lstm': nn.LSTMCell}[c['decoder']](c['queryWidth'] + c['memoryWidth'], c['hiddenSize'])
    own = {name: weights[name] for name in ('weight_ih', 'weight_hh', 'bias_ih', 'bias_hh')}
    state = [torch.zeros(c['batch'], c['hiddenSize'])] * (2 if c['decoder'] == 'lstm' else 1)
    outputs, shares = [], []
    for t in range(c['querySteps']):
        share = softmax(scores_by(c['score'], weights, state[0][None], memory), seen[:1])
        context = torch.einsum('tbs,sbm->bm', share, memory)
        after = torch.func.functional_call(cell, own, (torch.cat([query[t], context], 1), state if len(state) > 1 else state[0]))
        after = after if len(state) > 1 else [after]
        state = [torch.where(valid[t][:, None], new, old) for new, old in zip(after, state)]
        outputs.append(state[0])
        shares.append(share[0])
    return torch.stack(outputs), torch.stack(shares)


def shapes_of(c):
    width = c['units']
    if c['score'] == 'heads':
        own = {
            'q_proj_weight': [width, c['queryWidth']],
            'k_proj_weight': [width, c['memoryWidth']],
            'v_proj_weight': [width, c['memoryWidth']],
            'in_proj_bias': [3 * width],
            'out_proj_weight': [width, width],
            'out_proj_bias': [width],
        }
    else:
        asked = c['hiddenSize'] if c['decoder'] else c['queryWidth']
        own = {
            'dot': {},
            'general': {'weight': [asked, c['memoryWidth']]},
            'additive': {'query_weight': [width, asked], 'memory_weight': [width, c['memoryWidth']], 'score_weight': [1, width]},
        }[c['score']]
    if c['decoder']:
        gates = {'gru': 3, 'lstm': 4}[c['decoder']] * c['hiddenSize']
        own |= {
            'weight_ih': [gates, c['queryWidth'] + c['memoryWidth']],
            'weight_hh': [gates, c['hiddenSize']],
            'bias_ih': [gates],
            'bias_hh': [gates],
        }
    return own


def golden(name, seed, **given):
    c = {'score': 'dot', 'decoder': None, 'heads': 0, 'units': 0, 'hiddenSize': 0, 'causal': False}
    c |= {'queryLengths': None, 'memoryLengths': None} | given
    torch.manual_seed(seed)
    tq, tm, batch = c['querySteps'], c['memorySteps'], c['batch']
    query, memory = random(tq, batch, c['queryWidth']), random(tm, batch, c['memoryWidth'])
    weights = {key: random(*shape, reach=0.7) for key, shape in shapes_of(c).items()}
    for value in (query, memory, *weights.values()):
        value.requires_grad_()
    valid = kept(c['queryLengths'], tq, batch)
    seen = kept(c['memoryLengths'], tm, batch).T[None].repeat(tq, 1, 1)
    if c['causal']:
        seen &= torch.ones(tq, tm, dtype=torch.bool).tril()[:, None]

    if c['decoder']:
        y, attention = by_decoder(c, weights, query, memory, seen, valid)
    elif c['score'] == 'heads':
        y, attention = by_heads(c, weights, query, memory, seen)
        attention = attention.permute(1, 0, 2)
    else:
        attention = softmax(scores_by(c['score'], weights, query, memory), seen)
        y = torch.einsum('tbs,sbm->tbm', attention, memory)
    y = y * valid[..., None]
    dy = random(*y.shape)
    (y * dy).sum().backward()
    results = {
        'y': y,
        'attention': attention * valid[..., None],
        'dQuery': query.grad,
        'dMemory': memory.grad,
    }
    write(name, {
        'source': f'PyTorch {torch.__version__.split("+")[0]}, float64',
        **c,
        'weights': {key: tensor(value, str) for key, value in weights.items()},
        'query': tensor(query, str),
        'memory': tensor(memory, str),
        'dy': tensor(dy, str),
        **{key: tensor(value, nine) for key, value in results.items()},
        'dWeights': {key: tensor(value.grad, nine) for key, value in weights.items()},
    })


def tensor(values, digits):
    """Rounding errors around 0 are 0."""
    flat = values.detach().flatten().tolist()
    numbers = [json.loads(digits(0 if abs(value) < 1e-12 else value)) for value in flat]
    return {'shape': list(values.shape), 'data': numbers}


def nine(value):
    return f'{value:.9g}'


def write(name, fields):
    text = json.dumps({'name': name, **fields}, separators=(',', ':'))
    (FOLDER / f'{name}.json').write_text(text + '\n')


SMALL = {'querySteps': 4, 'memorySteps': 6, 'batch': 3, 'queryWidth': 3, 'memoryWidth': 5}
LENGTHS = {'queryLengths': [4, 1, 3], 'memoryLengths': [2, 6, 1]}
golden('attention-dot-lengths', 1, **SMALL | {'queryWidth': 5}, **LENGTHS)
golden('attention-general', 2, **SMALL, score='general')
golden('attention-additive-lengths', 3, **SMALL, **LENGTHS, score='additive', units=4)
golden('attention-heads1', 4, **SMALL | {'queryWidth': 4}, score='heads', heads=1, units=4)
golden('attention-heads2-causal', 5, **SMALL | {'queryWidth': 6, 'querySteps': 6}, score='heads', heads=2, units=6, causal=True)
large = {'querySteps': 17, 'memorySteps': 33, 'batch': 3, 'queryWidth': 40, 'memoryWidth': 6}
golden('attention-heads4-large-lengths', 6, **large, score='heads', heads=4, units=40, queryLengths=[17, 5, 16], memoryLengths=[32, 33, 1])
golden('attention-decoder-gru-lengths', 7, **SMALL, **LENGTHS, score='additive', units=4, decoder='gru', hiddenSize=3)
golden('attention-decoder-lstm-general', 8, **SMALL, score='general', decoder='lstm', hiddenSize=3)
