"""Writes pytorch.json: what an independent judge, PyTorch, computes for small inputs, forward and backward.

Not part of the build or of the tests, which only read the file. Made with Debian's python3-torch (1.13.1):

    python3 tests/Golden/generate.py > tests/Golden/pytorch.json

Everything runs in float64. Inputs are multiples of 1/64, so that float32 holds them exactly and the file stays short;
results keep ten digits.
"""
import json
import sys

import torch
import torch.nn.functional as F

rng = torch.Generator().manual_seed(20131112)
cases = []


def draw(*shape, low=-128, high=128):
    return torch.randint(low, high, shape, generator=rng).double() / 64


def distinct(*shape):
    count = 1
    for size in shape:
        count *= size
    return (torch.randperm(count, generator=rng).double() - count // 2).reshape(shape) / 16


def pack(tensor):
    tensor = tensor.detach()
    values = [number(v) for v in tensor.flatten().tolist()]
    return {"shape": list(tensor.shape), "values": values}


def number(value):
    if value != value or value in (float("inf"), float("-inf")):
        return str(value)
    rounded = float("%.10g" % value)
    return int(rounded) if rounded == int(rounded) and abs(rounded) < 1e9 else rounded


def case(op, function, inputs, options=None, tensors=None):
    """inputs: name -> tensor, differentiated; tensors: name -> integer or constant tensor, not."""
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in inputs.items()}
    output = function(**leaves, **(tensors or {}))
    extra = {}
    if isinstance(output, tuple):
        output, extra["switches"] = output
    upstream = draw(*output.shape)
    output.backward(upstream)
    record = {"op": op, "options": options or {}}
    record["inputs"] = {name: pack(tensor) for name, tensor in inputs.items()}
    record["constants"] = {name: pack(tensor) for name, tensor in (tensors or {}).items()}
    record["upstream"] = pack(upstream)
    record["output"] = pack(output)
    record["extra"] = {name: pack(tensor) for name, tensor in extra.items()}
    record["gradients"] = {name: pack(leaf.grad) for name, leaf in leaves.items()}
    cases.append(record)


def conv(x, w, b, **o):
    """o: stride, padding, dilation as pairs; groups."""
    inputs = {"x": x, "weight": w}
    if b is not None:
        inputs["bias"] = b
    case("conv2d", lambda x, weight, bias=None: F.conv2d(x, weight, bias, **o), inputs, o)


conv(draw(2, 3, 5, 6), draw(4, 3, 3, 3), draw(4), stride=(1, 1), padding=(1, 1), dilation=(1, 1), groups=1)
conv(draw(1, 2, 7, 8), draw(3, 2, 3, 2), draw(3), stride=(2, 3), padding=(2, 1), dilation=(1, 2), groups=1)
conv(draw(1, 4, 5, 5), draw(6, 2, 2, 3), None, stride=(1, 1), padding=(0, 2), dilation=(2, 1), groups=2)
conv(draw(1, 1, 3, 3), draw(2, 1, 2, 2), draw(2), stride=(5, 5), padding=(0, 0), dilation=(1, 1), groups=1)
conv(draw(1, 3, 14, 14), draw(2, 3, 7, 7), draw(2), stride=(2, 2), padding=(1, 1), dilation=(1, 1), groups=1)


def conv_transpose(x, w, b, **o):
    inputs = {"x": x, "weight": w}
    if b is not None:
        inputs["bias"] = b
    case("conv_transpose2d", lambda x, weight, bias=None: F.conv_transpose2d(x, weight, bias, **o), inputs, o)


conv_transpose(draw(2, 3, 3, 4), draw(3, 2, 3, 3), draw(2), stride=(1, 1), padding=(1, 1), output_padding=(0, 0), dilation=(1, 1), groups=1)
conv_transpose(draw(1, 2, 4, 3), draw(2, 2, 7, 7), draw(2), stride=(2, 2), padding=(1, 1), output_padding=(1, 1), dilation=(1, 1), groups=1)
conv_transpose(draw(1, 4, 3, 3), draw(4, 3, 2, 3), None, stride=(3, 2), padding=(0, 1), output_padding=(2, 1), dilation=(1, 2), groups=2)
conv_transpose(draw(1, 2, 3, 3), draw(2, 1, 3, 3), draw(1), stride=(1, 1), padding=(2, 0), output_padding=(1, 2), dilation=(2, 3), groups=1)

for shape, o in [
    ((2, 2, 6, 6), dict(kernel=(2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=False)),
    ((1, 2, 7, 8), dict(kernel=(3, 3), stride=(2, 2), padding=(0, 0), ceil_mode=False)),
    ((1, 2, 8, 6), dict(kernel=(3, 3), stride=(2, 2), padding=(0, 0), ceil_mode=True)),
    ((1, 1, 6, 5), dict(kernel=(3, 3), stride=(2, 2), padding=(1, 1), ceil_mode=True)),
    ((1, 2, 5, 6), dict(kernel=(2, 3), stride=(3, 1), padding=(1, 0), ceil_mode=True)),
    ((1, 1, 4, 4), dict(kernel=(3, 3), stride=(1, 1), padding=(1, 1), ceil_mode=False)),
    ((1, 1, 2, 2), dict(kernel=(3, 3), stride=(3, 3), padding=(0, 0), ceil_mode=True)),
]:
    def pool(x, o=o):
        return F.max_pool2d(x, o["kernel"], o["stride"], o["padding"], ceil_mode=o["ceil_mode"], return_indices=True)

    case("max_pool2d", pool, {"x": distinct(*shape)}, o)
    for include in (True, False):
        def average(x, o=o, include=include):
            return F.avg_pool2d(x, o["kernel"], o["stride"], o["padding"], ceil_mode=o["ceil_mode"], count_include_pad=include)

        case("avg_pool2d", average, {"x": draw(*shape)}, dict(o, count_include_pad=include))

# Ties and NaN: forward and switches only.
ties = torch.tensor([[1., 1, 1, 0], [1, 1, 2, 2], [0, 3, 2, 2], [3, 3, 0, 0]]).double().reshape(1, 1, 4, 4)
nans = torch.tensor([[1., float("nan"), 1, 0], [1, 1, 2, float("nan")], [0, 3, float("nan"), 2], [3, 3, 0, 0]]).double().reshape(1, 1, 4, 4)
for values in (ties, nans, torch.full((1, 1, 4, 4), float("-inf")).double()):
    case("max_pool2d", lambda x: F.max_pool2d(x, 3, 1, 1, return_indices=True), {"x": values}, dict(kernel=(3, 3), stride=(1, 1), padding=(1, 1), ceil_mode=False))

# Without overlap, where PyTorch's gather is the exact gradient too.
for kernel, stride, padding, size in [(2, 2, 0, None), (2, 2, 0, (7, 7)), (2, 3, 0, (8, 9)), (3, 3, 1, None)]:
    source = distinct(1, 2, *(size or ((6, 6) if padding == 0 else (7, 7))))
    pooled, switches = F.max_pool2d(source, kernel, stride, padding, return_indices=True)
    o = dict(kernel=(kernel, kernel), stride=(stride, stride), padding=(padding, padding), output_size=size)
    case("max_unpool2d", lambda x, switches, o=o: F.max_unpool2d(x, switches, o["kernel"], o["stride"], o["padding"], o["output_size"]),
         {"x": draw(*pooled.shape)}, o, {"switches": switches})

for align in (False, True):
    for shape, size in [((1, 2, 3, 4), (6, 8)), ((2, 1, 5, 3), (7, 2)), ((1, 1, 1, 4), (3, 9)), ((1, 1, 6, 7), (1, 1))]:
        o = dict(output_size=size, align_corners=align)
        case("upsample_bilinear2d", lambda x, o=o: F.interpolate(x, o["output_size"], mode="bilinear", align_corners=o["align_corners"]), {"x": draw(*shape)}, o)

case("relu", lambda x: F.relu(x), {"x": draw(3, 7)})
case("linear", lambda x, weight, bias: F.linear(x, weight, bias), {"x": draw(3, 5), "weight": draw(4, 5), "bias": draw(4)})

for shape, size, alpha, beta, k in [((2, 6, 2, 3), 5, 5e-4, 0.75, 2.0), ((1, 7, 2, 2), 4, 0.5, 0.5, 1.0), ((1, 3, 2, 2), 5, 0.25, 0.75, 1.0), ((1, 5, 1, 2), 2, 1.0, 1.0, 1.0)]:
    o = dict(size=size, alpha=alpha, beta=beta, k=k)
    case("local_response_norm", lambda x, o=o: F.local_response_norm(x, o["size"], o["alpha"], o["beta"], o["k"]), {"x": draw(*shape)}, o)

for shape, axis in [((3, 5), 1), ((2, 3, 2, 2), 1), ((4, 3), 0)]:
    case("softmax", lambda x, axis=axis: F.softmax(x, axis), {"x": draw(*shape)}, dict(axis=axis))
    case("log_softmax", lambda x, axis=axis: F.log_softmax(x, axis), {"x": draw(*shape)}, dict(axis=axis))

for weighted in (False, True):
    for smoothing in (0.0, 0.1):
        for labels, ignore in [([0, 3, 2, 1], -100), ([0, -100, 2, -100], -100), ([4, 3, 4, 4], 4)]:
            for reduction in ("mean", "sum"):
                o = dict(label_smoothing=smoothing, ignore_index=ignore, reduction=reduction)
                constants = {"labels": torch.tensor(labels)}
                if weighted:
                    constants["weight"] = draw(5, low=16, high=128)

                def loss(logits, labels, weight=None, o=o):
                    return F.cross_entropy(logits, labels, weight=weight, **o)

                case("cross_entropy", loss, {"logits": draw(4, 5)}, o, constants)
case("cross_entropy", lambda logits, labels: F.cross_entropy(logits, labels), {"logits": draw(2, 3)},
     dict(label_smoothing=0.0, ignore_index=-100, reduction="mean"), {"labels": torch.tensor([-100, -100])})

# SGD: four steps with given gradients; the last two at a tenth of the rate.
for momentum, decay in [(0.0, 0.0), (0.9, 0.0), (0.9, 0.0625), (0.0, 0.0625)]:
    w = draw(6).requires_grad_()
    start = w.detach().clone()
    optimiser = torch.optim.SGD([w], lr=0.125, momentum=momentum, weight_decay=decay)
    gradients = draw(4, 6)
    after = []
    for step in range(4):
        if step == 2:
            optimiser.param_groups[0]["lr"] = 0.0125
        w.grad = gradients[step].clone()
        optimiser.step()
        after.append(w.detach().clone())
    cases.append({"op": "sgd", "options": dict(momentum=momentum, weight_decay=decay, rates=[0.125, 0.125, 0.0125, 0.0125]),
                  "inputs": {"w": pack(start)}, "constants": {"gradients": pack(gradients)}, "upstream": None,
                  "output": pack(torch.stack(after)), "extra": {}, "gradients": {}})

header = {"judge": "PyTorch " + torch.__version__, "package": "Debian python3-torch 1.13.1", "dtype": "float64",
          "command": "python3 tests/Golden/generate.py > tests/Golden/pytorch.json"}
sys.stdout.write('{"header": ' + json.dumps(header) + ',\n"cases": [\n')
sys.stdout.write(",\n".join(json.dumps(record, separators=(",", ":")) for record in cases))
sys.stdout.write("\n]}\n")
