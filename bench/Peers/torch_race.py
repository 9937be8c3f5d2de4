#!/usr/bin/env python3
"""The wide network's forward pass and training step, ours beside PyTorch's, on one GPU in one run.

    python3 bench/Peers/torch_race.py [--rounds N] -- COMMAND...

COMMAND starts our benchmarks, such as `dotnet app/ZfNet.Benchmarks.dll --device cuda`; `--race N` is added. PyTorch is
timed before and after it, so that a GPU that slows down as it warms shows in the two figures. Both compute in float32
without TF32, both are timed by CUDA events, and neither has anything else on the GPU. Prints JSON; the ratio is our
median over the better of PyTorch's two.
"""
import argparse
import json
import statistics
import subprocess
import sys


def wide(torch):
    """The article's network, layer by layer as src/ZfNet/Models/Networks.cs has it."""
    nn = torch.nn
    maps, features = 3, []
    for channels, kernel, stride, padding, pool in [
        (96, 7, 2, 2, True), (256, 5, 1, 2, True), (512, 3, 1, 1, False), (1024, 3, 1, 1, False), (512, 3, 1, 1, True)
    ]:
        features += [nn.Conv2d(maps, channels, kernel, stride, padding), nn.ReLU(inplace=True)]
        features += [nn.MaxPool2d(3, 2)] if pool else []
        maps = channels
    classifier = [
        nn.Dropout(), nn.Linear(512 * 13 * 13, 4096), nn.ReLU(inplace=True),
        nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(inplace=True), nn.Linear(4096, 1000),
    ]
    return nn.Sequential(*features, nn.Flatten(), *classifier)


def median(action, rounds, torch):
    """Milliseconds of an action on the GPU, by events."""
    for _ in range(2):
        action()
    times = []
    for _ in range(rounds):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        torch.cuda.synchronize()
        start.record()
        action()
        end.record()
        end.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def peer(batch, rounds, torch):
    """PyTorch's medians."""
    torch.manual_seed(1)
    network = wide(torch).cuda()
    count = sum(parameter.numel() for parameter in network.parameters())
    if count != 386_548_840:
        sys.exit(f"torch_race: PyTorch's network has {count} parameters, not those of the wide network.")
    optimiser = torch.optim.SGD(network.parameters(), 1e-3, momentum=0.9, weight_decay=5e-4)
    x = torch.randn(batch, 3, 224, 224, device="cuda")
    labels = torch.arange(batch, device="cuda") * 7 % 1000

    def forward():
        network.eval()
        with torch.no_grad():
            network(x)

    def step():
        network.train()
        loss = torch.nn.functional.cross_entropy(network(x), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    result = {"forward_ms": median(forward, rounds, torch), "step_ms": median(step, rounds, torch)}
    del network, optimiser, x, labels
    torch.cuda.empty_cache()
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
    try:
        import torch
    except ImportError:
        sys.exit("torch_race: there is no PyTorch to race with.")
    if not torch.cuda.is_available():
        sys.exit("torch_race: PyTorch finds no GPU.")
    if not command:
        sys.exit("torch_race: name the command that starts our benchmarks.")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = True

    # The batch is ours to choose, as it depends on the GPU's memory: a first run of one round tells it.
    def ours(rounds):
        run = subprocess.run([*command, "--race", str(rounds)], stdout=subprocess.PIPE, text=True)
        if run.returncode != 0:
            sys.exit(f"torch_race: our benchmarks ended with {run.returncode}.")
        return [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]

    batch = ours(1)[0]["batch"]
    before = peer(batch, arguments.rounds, torch)
    runs = ours(arguments.rounds)
    after = peer(batch, arguments.rounds, torch)
    result = {
        "device": torch.cuda.get_device_name(), "torch": torch.__version__, "batch": batch,
        "torch_before": before, "torch_after": after,
    }
    for run in runs:
        name = "recorded" if run["recorded"] else "called"
        for what in ("forward_ms", "step_ms"):
            mine = statistics.median(run[what])
            result[f"{name}_{what}"] = mine
            result[f"{name}_{what[:-3]}_ratio"] = mine / min(before[what], after[what])
    print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in result.items()}))


if __name__ == "__main__":
    main()
