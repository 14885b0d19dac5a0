"""Writes small Keras 3 models, each with an input and Keras's own output: KERAS_BACKEND=jax python keras3.py FOLDER."""
import json, os, sys
import numpy as np
import keras
from keras import layers as L

out = sys.argv[1]
rng = np.random.default_rng(7)
print(keras.__version__)

def save(name, model, x):
    weights = [w if not w.shape else rng.uniform(-0.6, 0.6, w.shape).astype("float32") for w in model.get_weights()]
    for v, w in zip(model.weights, weights):
        if v.name == "moving_variance": v.assign(np.abs(w) + 0.3)
        elif "seed" not in v.path: v.assign(w)
    os.makedirs(out, exist_ok=True)
    model.save(f"{out}/{name}.keras")
    y = model.predict(x, verbose=0)
    ys = y if isinstance(y, list) else [y]
    arr = lambda a: {"shape": list(a.shape), "data": [float(f"{v:.9g}") for v in np.asarray(a, "float32").ravel()]}
    with open(f"{out}/{name}.json", "w") as f:
        json.dump({"input": arr(x), "outputs": [arr(a) for a in ys]}, f)
    print(name)

def f(*shape): return rng.uniform(-1, 1, shape).astype("float32")
def masked(*shape, value=0.0):
    x = f(*shape)
    x[0, 2:] = value
    x[1, 1] = value
    x[1, 3] = value
    x[2, 0] = value
    return x
ids = np.array([[3, 4, 0, 0, 0], [0, 2, 0, 5, 1], [1, 2, 3, 4, 5], [0, 0, 0, 0, 0]], "float32")
seq = lambda *ls: keras.Sequential(list(ls))

for merge in ["concat", "ave"]:
    save(f"bidirectional-{merge}", seq(L.Input((4, 3)), L.Bidirectional(L.GRU(3, return_sequences=True), merge_mode=merge), L.Dense(2)), f(2, 4, 3))
save("bidirectional-last", seq(L.Input((4, 3)), L.Bidirectional(L.LSTM(3, recurrent_dropout=0.3, dropout=0.2)), L.Dense(2, activation="softmax")), f(2, 4, 3))
save("bidirectional-two", seq(L.Input((4, 3)), L.Bidirectional(L.LSTM(3), backward_layer=L.GRU(3, go_backwards=True, reset_after=False)), L.Dense(2)), f(2, 4, 3))
save("stacked-hard-sigmoid", seq(L.Input((None, 3)), L.LSTM(4, return_sequences=True, recurrent_activation="hard_sigmoid"), L.GRU(3, recurrent_activation="hard_sigmoid", activation="softsign")), f(2, 5, 3) * 4)
save("go-backwards-no-bias", seq(L.Input((5, 3)), L.SimpleRNN(4, go_backwards=True, use_bias=False, return_sequences=True), L.LSTM(3, go_backwards=True, use_bias=False)), f(2, 5, 3))
save("embedding-mask", seq(L.Input((5,)), L.Embedding(6, 3, mask_zero=True), L.Bidirectional(L.LSTM(3, return_sequences=True)), L.GRU(4, return_sequences=True), L.Dense(2)), ids)
save("embedding-mask-average", seq(L.Input((5,)), L.Embedding(6, 3, mask_zero=True), L.GRU(3, return_sequences=True, reset_after=False), L.GlobalAveragePooling1D(), L.Dense(2)), ids[:3])
save("embedding-mask-max", seq(L.Input((5,)), L.Embedding(6, 3, mask_zero=True), L.LSTM(3, return_sequences=True), L.GlobalMaxPooling1D(), L.Dense(2)), ids[:3])
save("masking-gru", seq(L.Input((5, 3)), L.Masking(-0.1), L.GRU(4, return_sequences=True), L.SimpleRNN(3, go_backwards=True)), masked(3, 5, 3, value=-0.1))
save("masking-backwards", seq(L.Input((5, 3)), L.Masking(), L.LSTM(3, go_backwards=True, return_sequences=True), L.Dense(2)), masked(3, 5, 3))
save("convolution", seq(L.Input((7, 3)), L.Conv1D(4, 3, padding="causal", activation="elu"), L.BatchNormalization(), L.Conv1D(3, 2, strides=2, padding="same", use_bias=False), L.LayerNormalization(), L.LeakyReLU(negative_slope=0.1), L.Flatten(), L.Dropout(0.5), L.RepeatVector(3), L.TimeDistributed(L.Dense(2, activation="selu")), L.Activation("softmax")), f(2, 7, 3))
i = L.Input((4, 3), name="wave"); h = L.BatchNormalization(scale=False, epsilon=0.01)(i); h = L.LSTM(3, return_state=False, return_sequences=True)(h); h = L.LayerNormalization(center=False, epsilon=1e-5)(h); h = L.TimeDistributed(L.Dropout(0.1))(h); o = L.GRU(2)(h)
save("functional", keras.Model(i, o), f(2, 4, 3))
