"""Writes losses.json: PyTorch's losses over 50 training steps of the network 'mini' without dropout.

Not part of the build or of the tests, which read the file and replay the steps. Made with Debian's python3-torch (1.13.1):

    python3 tests/Golden/losses.py > tests/Golden/losses.json

The pictures are digits.gz: the first 400 of MNIST's training set, labels and then pixels, cut by

    python3 tests/Golden/losses.py --cut .data/mnist

The initial weights are ours (docs/numerics.md, "Random numbers"): worked out here a second time, from Philox's counters
up, and named in the file by their SHA-256. They are uniform, which every machine rounds alike. Step s takes pictures 16 s
to 16 s + 15, from the start again after 400; two pixels of background are put around each, and its one plane is used three
times. The file says by how much PyTorch's own losses in float32 (with MKLDNN) and float64 part; without MKLDNN they part by
6.7e-3. At a rate of 0.03 float32 and float64 part by more than 1.
"""
import gzip
import hashlib
import json
import math
import os
import sys

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
DIGITS = os.path.join(HERE, "digits.gz")
PICTURES, BATCH, STEPS, SEED = 400, 16, 50, 5
RATE, MOMENTUM, DECAY = 0.02, 0.9, 5e-4
MEAN, DEVIATION = 0.1307, 0.3081


def cut(folder):
    def values(name, header, count):
        with open(os.path.join(folder, name), "rb") as file:
            return file.read(header + count)[header:]

    data = values("train-labels-idx1-ubyte", 8, PICTURES) + values("train-images-idx3-ubyte", 16, PICTURES * 784)
    with open(DIGITS, "wb") as file:
        file.write(gzip.compress(data, 9, mtime=0))


def philox(seed, stream, count):
    """The first words of a stream: Philox4x32-10 of counters (block, stream), key (seed)."""
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    c = [blocks & low, blocks >> np.uint64(32),
         np.full_like(blocks, stream & 0xFFFFFFFF), np.full_like(blocks, stream >> 32)]
    k0, k1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        high0, high1 = p0 >> np.uint64(32), p1 >> np.uint64(32)
        c = [high1 ^ c[1] ^ np.uint64(k0), p1 & low, high0 ^ c[3] ^ np.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1).reshape(-1)[:count]


def uniform(shape, bound, stream):
    words = philox(SEED, stream, math.prod(shape))
    unit = (words >> np.uint64(8)).astype(np.float64) / 2.0**24
    return torch.from_numpy((-bound + (2 * bound) * unit).astype(np.float32).reshape(shape))


def network():
    """Networks.Mini without dropout; the names of its parameters do not matter, their order does."""
    layers = [nn.Conv2d(3, 32, 5, 1, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
              nn.Conv2d(32, 64, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
              nn.Conv2d(64, 64, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
              nn.Flatten(), nn.Linear(576, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)]
    stream = 0
    for layer in layers:
        if not hasattr(layer, "weight"):
            continue
        bound = 1 / math.sqrt(math.prod(layer.weight.shape[1:]))
        for parameter in (layer.weight, layer.bias):
            parameter.data = uniform(parameter.shape, bound, stream)
            stream += 1
    return nn.Sequential(*layers)


def digits():
    data = np.frombuffer(gzip.open(DIGITS).read(), dtype=np.uint8)
    planes = np.zeros((PICTURES, 1, 32, 32), dtype=np.uint8)
    planes[:, 0, 2:30, 2:30] = data[PICTURES:].reshape(PICTURES, 28, 28)
    pixels = ((planes / 255.0 - MEAN) / DEVIATION).astype(np.float32)
    return torch.from_numpy(np.repeat(pixels, 3, axis=1)), torch.from_numpy(data[:PICTURES].astype(np.int64))


def train(dtype):
    model = network()
    weights = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest()
    model = model.to(dtype)
    pictures, labels = digits()
    optimiser = torch.optim.SGD(model.parameters(), RATE, MOMENTUM, weight_decay=DECAY)
    losses = []
    for step in range(STEPS):
        batch = torch.arange(step * BATCH, (step + 1) * BATCH) % PICTURES
        loss = nn.functional.cross_entropy(model(pictures[batch].to(dtype)), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses, weights


if sys.argv[1:2] == ["--cut"]:
    cut(sys.argv[2])
else:
    torch.set_num_threads(1)
    float32, weights = train(torch.float32)
    float64, _ = train(torch.float64)
    print(json.dumps({
        "judge": "PyTorch " + torch.__version__, "package": "Debian python3-torch 1.13.1", "dtype": "float32",
        "command": "python3 tests/Golden/losses.py > tests/Golden/losses.json",
        "network": "mini", "seed": SEED, "batch": BATCH,
        "rate": RATE, "momentum": MOMENTUM, "decay": DECAY, "mean": MEAN, "deviation": DEVIATION, "weights": weights,
        "float64": max(abs(a - b) for a, b in zip(float32, float64)),
        "losses": [float("%.9g" % loss) for loss in float32]}, indent=1))
