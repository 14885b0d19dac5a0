"""Predicts with NAME.keras for the arrays of NAME.json, and writes the outputs to NAME.out.json."""
import json
import sys

import keras
import numpy as np

stem = sys.argv[1]
model = keras.models.load_model(stem + ".keras")
with open(stem + ".json") as file:
    inputs = [np.array(x["data"], "float32").reshape(x["shape"]) for x in json.load(file)]
outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
with open(stem + ".out.json", "w") as file:
    json.dump([{"shape": list(y.shape), "data": np.asarray(y).ravel().tolist()} for y in outputs], file)
