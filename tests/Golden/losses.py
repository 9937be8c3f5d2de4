"""Writes losses.json: PyTorch's losses over 50 training steps of the network 'mini' without dropout.

Not part of the build or of the tests, which read the file and replay the steps. Made with Debian's python3-torch (1.13.1):

    python3 tests/Golden/losses.py > tests/Golden/losses.json

The pictures are digits.gz: the first 400 of MNIST's training set, labels and then pixels, cut by

    python3 tests/Golden/losses.py --cut .data/mnist

The initial weights are worked out here a second time, from Philox's counters up (docs/numerics.md, "Random numbers"), and
named in the file by their SHA-256. They are uniform, which every machine rounds alike, within GAINS times He's bound
sqrt(6 / fan-in), from every other stream; biases are 0. Step s takes pictures 100 s to 100 s + 99, from the start again
after 400; two pixels of background are put around each, and its one plane is used three times.

A maximum has no derivative where two cells of a window are equal. Where they lie within a rounding of each other, two correct
programs choose different switches, and their gradients differ by far more than a rounding; a recipe that lives on the edge of
stability makes much of it. So the file also has the losses in float64, and those in float32 without MKLDNN, another order of
sums: the recipe is one under which these agree, and the tests ask that first (docs/results.md). Three steps of four pictures
("small") are for the plain loops, which would take minutes over the rest.

    python3 tests/Golden/losses.py --draw OURS > docs/images/losses.svg

draws the file's losses and ours, the numbers that LossesTests writes.
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
PICTURES, BATCH, STEPS, SEED = 400, 100, 50, 5
SMALL_BATCH, SMALL_STEPS = 4, 3
RATE, MOMENTUM, DECAY = 0.0005, 0.9, 5e-4
GAINS = {"convolution": 1.5, "linear": 1.2, "last": 0.04}
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
    weighted = [layer for layer in layers if hasattr(layer, "weight")]
    for index, layer in enumerate(weighted):
        kind = "convolution" if isinstance(layer, nn.Conv2d) else "last" if layer is weighted[-1] else "linear"
        bound = GAINS[kind] * math.sqrt(6 / math.prod(layer.weight.shape[1:]))
        layer.weight.data = uniform(layer.weight.shape, bound, 2 * index)
        layer.bias.data.zero_()
    return nn.Sequential(*layers)


def digits():
    data = np.frombuffer(gzip.open(DIGITS).read(), dtype=np.uint8)
    planes = np.zeros((PICTURES, 1, 32, 32), dtype=np.uint8)
    planes[:, 0, 2:30, 2:30] = data[PICTURES:].reshape(PICTURES, 28, 28)
    pixels = ((planes / 255.0 - MEAN) / DEVIATION).astype(np.float32)
    return torch.from_numpy(np.repeat(pixels, 3, axis=1)), torch.from_numpy(data[:PICTURES].astype(np.int64))


def train(dtype, size=BATCH, steps=STEPS):
    model = network()
    weights = hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in model.parameters())).hexdigest()
    model = model.to(dtype)
    pictures, labels = digits()
    optimiser = torch.optim.SGD(model.parameters(), RATE, MOMENTUM, weight_decay=DECAY)
    losses = []
    for step in range(steps):
        batch = torch.arange(step * size, (step + 1) * size) % PICTURES
        loss = nn.functional.cross_entropy(model(pictures[batch].to(dtype)), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses, weights


def draw(path):
    """Both curves: PyTorch's as a line, ours as points."""
    with open(os.path.join(HERE, "losses.json")) as file:
        theirs = json.load(file)["losses"]
    with open(path) as file:
        ours = [float(loss) for loss in file.read().split()]
    top, left, width, height = 3, 40, 560, 220

    def at(step, loss):
        return "%.1f,%.1f" % (left + step * width / (STEPS - 1), 10 + height * (1 - loss / top))

    print('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 265" font-family="sans-serif" font-size="11">')
    print('<rect width="620" height="265" fill="#fff"/>')
    for loss in range(top + 1):
        x, y = at(0, loss).split(",")
        print(f'<path d="M{x},{y}h{width}" stroke="#ddd"/><text x="{left - 8}" y="{float(y) + 4}" text-anchor="end">{loss}</text>')
    for step in (1, 10, 20, 30, 40, 50):
        print(f'<text x="{at(step - 1, 0).split(",")[0]}" y="246" text-anchor="middle">{step}</text>')
    print('<polyline fill="none" stroke="#d62728" stroke-width="3" points="%s"/>' % " ".join(map(at, range(STEPS), theirs)))
    for step, loss in enumerate(ours):
        x, y = at(step, loss).split(",")
        print(f'<circle cx="{x}" cy="{y}" r="2.2" fill="#1f4e9c"/>')
    print('<text x="420" y="30" fill="#d62728">line: PyTorch 1.13, float32</text>')
    print('<text x="420" y="46" fill="#1f4e9c">points: ZfNet, float32</text>')
    print('<text x="320" y="261" text-anchor="middle">step (loss of its 100 digits)</text></svg>')


def apart(ours, theirs):
    return max(abs(a - b) for a, b in zip(ours, theirs))


if sys.argv[1:2] == ["--cut"]:
    cut(sys.argv[2])
elif sys.argv[1:2] == ["--draw"]:
    draw(sys.argv[2])
else:
    torch.set_num_threads(1)
    float32, weights = train(torch.float32)
    float64, _ = train(torch.float64)
    with torch.backends.mkldnn.flags(enabled=False):
        other, _ = train(torch.float32)
    small = [train(dtype, SMALL_BATCH, SMALL_STEPS)[0] for dtype in (torch.float32, torch.float64)]
    print(json.dumps({
        "judge": "PyTorch " + torch.__version__, "package": "Debian python3-torch 1.13.1", "dtype": "float32",
        "command": "python3 tests/Golden/losses.py > tests/Golden/losses.json",
        "network": "mini", "seed": SEED, "batch": BATCH, "gains": GAINS,
        "rate": RATE, "momentum": MOMENTUM, "decay": DECAY, "mean": MEAN, "deviation": DEVIATION, "weights": weights,
        "apart": {"float64": apart(float32, float64), "withoutMkldnn": apart(float32, other)},
        "losses": [float("%.9g" % loss) for loss in float32],
        "float64": [float("%.12g" % loss) for loss in float64],
        "small": {"batch": SMALL_BATCH, "losses": [float("%.9g" % loss) for loss in small[0]],
                  "float64": [float("%.12g" % loss) for loss in small[1]]}}, indent=1))
