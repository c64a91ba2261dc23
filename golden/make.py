#!/usr/bin/python3
"""Writes golden/vectors/*.txt: what PyTorch computes for inputs that are written beside it.

Run with the Python of Debian's python3-torch (1.13): golden/make.py. README.md describes the format. With --seed other
numbers, and more shapes, chosen at random: golden/other_numbers.

Each case runs twice, in double and in float, on inputs that a float holds exactly. The double results are what the
tests compare with; how far PyTorch's float results are from them is written beside each.
"""
import argparse
import copy
import itertools
import math
import os
import random
import re
import sys

import torch
import torch.nn.functional as F
from torch import nn

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "vectors")
SEED = 0  # not 0: other numbers, and cases of random shapes besides


# The format

def number(value):
    """A double in hexadecimal, without the zeros at its end."""
    text = float(value).hex()
    return re.sub(r"\.?0*p", "p", text) if "p" in text else text


def one_line(text):
    return str(text).replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def error(a, b, size=None):
    """max|a - b| / max|b| over what is finite."""
    a, b = a.double().flatten(), b.double().flatten()
    keep = torch.isfinite(b)
    a, b = a[keep], b[keep]
    if b.numel() == 0:
        return 0.0
    distance, largest = (a - b).abs().max().item(), size or b.abs().max().item()
    assert largest or not distance
    return distance / largest if distance else 0.0


class Vectors:
    """One file of cases."""

    def __init__(self, name):
        self.path = os.path.join(FOLDER, name + ".txt")
        self.lines = [f"# Written by golden/make.py with PyTorch {torch.__version__}; the format is in golden/README.md"]

    def case(self, name, **settings):
        self.lines += ["", f"case {name}"]
        self.lines += [f"set {key} {one_line(value)}" for key, value in settings.items()]

    def tensor(self, kind, name, values, attributes=""):
        self.lines.append(f"{kind} {name} {list(values.shape)}{attributes}")
        texts = [number(v) for v in values.double().flatten().tolist()]
        line = ""
        for text in texts:
            if line and len(line) + 1 + len(text) > 118:
                self.lines.append(line)
                line = ""
            line += (" " if line else "") + text
        if line:
            self.lines.append(line)

    def inputs(self, tensors, double_only=False):
        for name, values in tensors.items():
            same = values.double().float().double()
            assert double_only or torch.equal(torch.nan_to_num(same), torch.nan_to_num(values.double())), name
            self.tensor("input", name, values)

    def pattern(self, name, shape, seed, scale):
        self.lines.append(f"pattern {name} {list(shape)} {seed} {number(scale)}")

    def results(self, run, tensors, sizes=None, double_only=False, also=(), groups=()):
        """Results of run(tensors, dtype). `sizes` names what an error is measured against, where not the largest.

        How far float is from double is the largest distance of run and of the runs in `also`, which add in another
        order; results that start with the same prefix in `groups` share the largest of theirs.
        """
        exact = run({k: v.double() for k, v in tensors.items()}, torch.float64)
        in_float = {k: v.float() for k, v in tensors.items()}
        rounded = []
        for mkldnn in (True, False) if not double_only else ():  # PyTorch has two convolutions
            with torch.backends.mkldnn.flags(enabled=mkldnn):
                rounded += [r(in_float, torch.float32) for r in (run, *also)]
        sizes = sizes(exact) if sizes else {}
        distances = {name: max([error(r[name], values, sizes.get(name)) for r in rounded], default=0.0)
                     for name, values in exact.items()}
        for prefix in groups:
            members = [name for name in exact if name.startswith(prefix)]
            distances.update(dict.fromkeys(members, max(distances[name] for name in members)))
        for name, values in exact.items():
            attributes = f" float {distances[name]:.2e}" + (f" size {number(sizes[name])}" if name in sizes else "")
            self.tensor("result", name, values, attributes)

    def write(self):
        with open(self.path, "w", encoding="ascii") as file:
            file.write("\n".join(self.lines) + "\n")
        print(f"{os.path.relpath(self.path, FOLDER)}: {os.path.getsize(self.path)} bytes")


class Numbers:
    """Random tensors in double that a float holds exactly. Python's generator is the same everywhere."""

    def __init__(self, seed):
        self.random = random.Random(seed + 1000 * SEED)

    def normal(self, shape, mean=0.0, sigma=1.0):
        count = math.prod(shape)
        values = torch.tensor([self.random.gauss(mean, sigma) for _ in range(count)], dtype=torch.float64)
        return values.float().double().reshape(shape)

    def whole(self, shape, low, high):
        values = [self.random.randint(low, high) for _ in range(math.prod(shape))]
        return torch.tensor(values, dtype=torch.float64).reshape(shape)

    def between(self, low, high):
        return self.random.randint(low, high)

    def one_of(self, *choices):
        return self.random.choice(choices)

    def shape(self, *largest):
        return [self.between(1, size) for size in largest]


def at_random(count):
    """With --seed: as many sources of cases of random shapes. Else none."""
    return [Numbers(100 + k) for k in range(count)] if SEED else []


def pattern(shape, seed, scale):
    """Many numbers from one: in [-scale, scale), 24 bits each. The reader in C++ makes the same ones."""
    state, values = seed, []
    for _ in range(math.prod(shape)):
        state = (1664525 * state + 1013904223) % 2**32
        values.append(((state >> 8) * 2.0**-23 - 1.0) * scale)
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


# Batch norm

def batch_norm_run(options, steps):
    def run(t, dtype):
        bn = nn.BatchNorm2d(t["x0"].shape[1], **options).to(dtype)
        if bn.affine:
            bn.weight.data.copy_(t["weight"])
            bn.bias.data.copy_(t["bias"])
        results = {}
        for k, mode in enumerate(steps.split()):
            bn.train(mode == "train")
            bn.zero_grad()
            x = t[f"x{k}"].clone().requires_grad_()
            y = bn(x)
            y.backward(t[f"d_y{k}"])
            results[f"y{k}"], results[f"d_x{k}"] = y.detach(), x.grad
            if bn.affine:
                results[f"d_weight{k}"], results[f"d_bias{k}"] = bn.weight.grad.clone(), bn.bias.grad.clone()
            if bn.track_running_stats:
                results[f"running_mean{k}"] = bn.running_mean.clone()
                results[f"running_var{k}"] = bn.running_var.clone()
                results[f"num_batches_tracked{k}"] = bn.num_batches_tracked.clone()
        return results
    return run


def batch_norm_inputs(numbers, shape, steps, mean=0.0, sigma=1.0):
    t = {"weight": numbers.normal([shape[1]], 1, 0.5), "bias": numbers.normal([shape[1]])}
    for k in range(len(steps.split())):
        t[f"x{k}"] = numbers.normal(shape, mean, sigma)
        t[f"d_y{k}"] = numbers.normal(shape)
    return t


def condition(t, eps):
    """The largest |mean| / sqrt(variance + eps) of a channel: how many digits x - mean loses."""
    worst = 1.0
    for name, x in t.items():
        if name.startswith("x"):
            ratio = x.mean((0, 2, 3)).abs() / (x.var((0, 2, 3), unbiased=False) + eps).sqrt()
            worst = max(worst, ratio.max().item())
    return number(worst)


def cancelling(t, eps):
    """With two values per channel d_x is what two numbers 1/eps times as large leave: measure against those."""
    def sizes(results):
        named = {}
        for name in results:
            if name.startswith("d_x"):
                x, d_y = t["x" + name[3:]], t["d_y" + name[3:]]
                scale = t["weight"] / (x.var((0, 2, 3), unbiased=False) + eps).sqrt()
                named[name] = max((scale.reshape(1, -1, 1, 1) * d_y).abs().max().item(), results[name].abs().max().item())
        return named
    return sizes


def batch_norm():
    out = Vectors("batch_norm")
    steps = "eval train train eval train eval"
    shared = batch_norm_inputs(Numbers(1), [3, 3, 2, 3], steps, 0.5, 2)
    out.case("shared inputs")
    out.inputs(shared)

    def variant(name, options):
        settings = {"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True, **options}
        out.case(name, inputs="shared inputs", steps=steps, **settings)
        out.results(batch_norm_run(options, steps), shared)

    for affine in (True, False):
        for track in (True, False):
            for momentum in (0.1, 0.9, None):
                variant(f"affine={affine} track_running_stats={track} momentum={momentum}",
                        {"affine": affine, "track_running_stats": track, "momentum": momentum})
    variant("eps=1e-3", {"eps": 1e-3})
    variant("momentum=0", {"momentum": 0.0})
    variant("momentum=1", {"momentum": 1.0})

    def alone(name, t, steps, sizes=None, double_only=False, options={}, **more):
        settings = {"eps": 1e-5, "momentum": 0.1, "affine": True, "track_running_stats": True, **options}
        out.case(name, steps=steps, **settings, **more)
        out.inputs(t, double_only)
        out.results(batch_norm_run(options, steps), t, sizes, double_only)

    numbers = Numbers(2)
    for shape in ([1, 3, 2, 1], [2, 1, 1, 1]):
        t = batch_norm_inputs(numbers, shape, "train eval", 1, 2)
        alone(f"shape {shape}", t, "train eval", cancelling(t, 1e-5))
    t = batch_norm_inputs(numbers, [2, 1, 1, 1], "train eval", 0.01, 2**-8)
    alone("shape [2, 1, 1, 1], values closer than sqrt(eps)", t, "train eval", cancelling(t, 1e-5))
    for shape in ([5, 7, 3, 9], [2, 3, 1, 17], [1, 2, 5, 1]):
        alone(f"shape {shape}", batch_norm_inputs(numbers, shape, "train eval", -1, 3), "train eval")

    # Large means: in float the values differ in their last bits only
    three = "train eval train"
    t = batch_norm_inputs(numbers, [4, 2, 3, 3], three, 1e4, 1e-2)
    alone("mean 1e4, deviation 1e-2", t, three, condition=condition(t, 1e-5), four_digits=True)
    for name in t:
        if name.startswith("x"):
            t[name] = torch.tensor([numbers.random.gauss(1e4, 1e-2) for _ in range(72)],
                                   dtype=torch.float64).reshape(4, 2, 3, 3)
    alone("mean 1e4, deviation 1e-2, in double", t, three, condition=condition(t, 1e-5), double_only=True,
          types="double")

    for n in at_random(3):
        shape, mean = [n.between(2, 4), n.between(1, 5), n.between(2, 5), n.between(2, 20)], 10.0 ** n.between(2, 4)
        t = batch_norm_inputs(n, shape, three, n.one_of(mean, -mean), n.one_of(1e-2, 0.1, 1))
        alone(f"{shape}, mean {mean}", t, three, condition=condition(t, 1e-5), four_digits=True)

    # Constant channels: variance 0, so that only eps is under the root
    t = batch_norm_inputs(numbers, [3, 4, 2, 2], three)
    for k in range(3):
        t[f"x{k}"][:, 0] = 0.5
        t[f"x{k}"][:, 1] = torch.tensor(0.1).double()
        t[f"x{k}"][:, 2] = 1e4
    alone("constant channels", t, three, condition=condition(t, 1e-5), four_digits=True)
    t = batch_norm_inputs(numbers, [3, 1, 2, 2], three)
    for k in range(3):
        t[f"x{k}"][:] = -3.0
    alone("all constant", t, three, condition=condition(t, 1e-5), four_digits=True)

    for n in at_random(12):
        shape = n.shape(4, 6, 5, 20)
        options = {"eps": 10.0 ** -n.between(2, 6), "momentum": n.one_of(0.1, 0.5, 1 / 3, None),
                   "affine": n.one_of(True, False), "track_running_stats": n.one_of(True, False)}
        steps = " ".join(n.one_of("train", "eval") for _ in range(n.between(1, 5)))
        t = batch_norm_inputs(n, shape, steps, n.between(-3, 3), n.one_of(0.5, 1, 4))
        if math.prod(shape) // shape[1] >= 8:  # with fewer values d_x is what large numbers leave
            alone(f"{shape}, {options}, {steps}", t, steps, condition=condition(t, options["eps"]), options=options)

    # One layer called twice in one pass: gradients add up
    t = batch_norm_inputs(numbers, [2, 3, 2, 2], "train train")

    def twice(t, dtype):
        bn = nn.BatchNorm2d(3).to(dtype)
        bn.weight.data.copy_(t["weight"])
        bn.bias.data.copy_(t["bias"])
        x = [t["x0"].clone().requires_grad_(), t["x1"].clone().requires_grad_()]
        torch.autograd.backward([bn(x[0]), bn(x[1])], [t["d_y0"], t["d_y1"]])
        return {"d_x0": x[0].grad, "d_x1": x[1].grad, "d_weight": bn.weight.grad, "d_bias": bn.bias.grad,
                "running_mean": bn.running_mean, "running_var": bn.running_var}
    out.case("called twice")
    out.inputs(t)
    out.results(twice, t)
    out.write()


# The other layers

def layer_run(make):
    """Forward and backward of a layer with parameters from the case."""
    def run(t, dtype):
        layer = make().to(dtype)
        for name, parameter in layer.named_parameters():
            parameter.data.copy_(t[name])
        x = t["x"].clone().requires_grad_()
        y = layer(x)
        y.backward(t["d_y"])
        results = {"y": y.detach(), "d_x": x.grad}
        for name, parameter in layer.named_parameters():
            results["d_" + name] = parameter.grad
        return results
    return run


def layers():
    out = Vectors("layers")
    numbers = Numbers(3)

    def case(name, make, x, **settings):
        layer = make()
        t = {"x": x}
        for parameter, value in layer.named_parameters():
            t[parameter] = numbers.normal(list(value.shape), 0, 0.5)
        t["d_y"] = numbers.normal(list(layer(x.float()).shape))
        out.case(name, printed=layer, **settings)
        out.inputs(t)
        out.results(layer_run(make), t)

    def conv(shape, co, kernel, stride=(1, 1), padding=(0, 0), bias=True):
        text = f"Conv2d {shape} to {co}, kernel {kernel}, stride {stride}, padding {padding}, bias {bias}"
        case(text, lambda: nn.Conv2d(shape[1], co, kernel, stride, padding, bias=bias), numbers.normal(shape),
             kind="Conv2d", kernel="%d %d" % kernel, stride="%d %d" % stride, padding="%d %d" % padding)

    conv([2, 3, 5, 6], 4, (3, 3), padding=(1, 1))
    conv([2, 3, 5, 6], 4, (3, 3), padding=(1, 1), bias=False)
    conv([1, 2, 4, 19], 5, (3, 3), padding=(1, 1))
    conv([1, 9, 7, 9], 13, (3, 3), padding=(1, 1))
    conv([3, 2, 4, 5], 3, (1, 1))
    conv([2, 2, 7, 8], 3, (3, 5), stride=(2, 1), padding=(1, 2))
    conv([2, 2, 7, 8], 3, (2, 3), stride=(3, 2), padding=(0, 1), bias=False)
    conv([2, 3, 6, 6], 2, (3, 3), stride=(2, 2), padding=(1, 1))
    conv([1, 2, 3, 4], 2, (2, 4), padding=(3, 5))
    conv([2, 1, 6, 1], 3, (5, 1), padding=(2, 0))
    conv([1, 3, 5, 7], 2, (5, 7))
    conv([17, 2, 3, 3], 2, (3, 2), padding=(1, 1))

    for n in at_random(12):
        kernel, padding = n.one_of((3, 3), (1, 1), tuple(n.shape(5, 5))), (n.between(0, 2), n.between(0, 2))
        n_images, channels, h, w = n.shape(5, 17, 9, 35)
        conv([n_images, channels, h + kernel[0], w + kernel[1]], n.between(1, 20), kernel,
             n.one_of((1, 1), tuple(n.shape(3, 3))), padding, n.one_of(True, False))

    def fully(n, inputs, outputs, bias):
        case(f"Linear {n} x {inputs} to {outputs}, bias {bias}", lambda: nn.Linear(inputs, outputs, bias),
             numbers.normal([n, inputs]), kind="Linear")

    fully(5, 7, 3, True)
    fully(5, 7, 3, False)
    fully(1, 1, 1, True)
    fully(9, 33, 18, True)
    for n in at_random(5):
        fully(*n.shape(9, 70, 40), n.one_of(True, False))

    def pool(name, x, kernel, stride):
        def make():
            return nn.MaxPool2d(kernel if kernel[0] != kernel[1] else kernel[0],
                                stride if stride[0] != stride[1] else stride[0])
        case(f"MaxPool2d {name}", make, x, kind="MaxPool2d", kernel="%d %d" % kernel, stride="%d %d" % stride)

    nan, inf = math.nan, math.inf
    special = torch.tensor([[1, nan, 2, 3, nan, nan], [4, 5, nan, 1, 0, nan],
                            [-inf, -inf, inf, inf, nan, -inf], [-inf, -inf, 1, inf, inf, nan]],
                           dtype=torch.float64).reshape(1, 1, 4, 6)
    pool("2", numbers.normal([2, 3, 4, 6]), (2, 2), (2, 2))
    pool("2, odd size", numbers.normal([1, 2, 7, 9]), (2, 2), (2, 2))
    pool("2, ties", numbers.whole([2, 2, 6, 34], -1, 1), (2, 2), (2, 2))
    pool("2, all equal", torch.full([1, 2, 4, 4], -2.0, dtype=torch.float64), (2, 2), (2, 2))
    pool("2, NaN and infinity", special, (2, 2), (2, 2))
    pool("overlapping", numbers.normal([2, 2, 6, 7]), (3, 2), (1, 2))
    pool("overlapping, ties", numbers.whole([2, 2, 6, 7], 0, 1), (3, 3), (2, 1))
    pool("overlapping, NaN and infinity", special, (3, 3), (1, 1))
    for n in at_random(5):
        kernel, stride, shape = tuple(n.shape(3, 3)), tuple(n.shape(3, 3)), n.shape(3, 3, 9, 20)
        shape = shape[:2] + [shape[2] + kernel[0], shape[3] + kernel[1]]
        pool(f"{shape}, {kernel}, {stride}", n.whole(shape, -2, 2), kernel, stride)
        pool(f"{shape}, 2", n.whole(shape, -2, 2) if min(shape[2:]) > 1 else n.normal([1, 1, 2, 2]), (2, 2), (2, 2))

    x = numbers.normal([2, 3, 3, 5])
    x[0, 0, 0] = torch.tensor([0.0, -0.0, nan, inf, -inf])
    for inplace in (False, True):
        def rectify(t, dtype):
            x = t["x"].clone().requires_grad_()
            y = nn.ReLU(inplace)(x.clone())
            y.backward(t["d_y"])
            return {"y": y.detach(), "d_x": x.grad}
        t = {"x": x, "d_y": numbers.normal([2, 3, 3, 5])}
        out.case(f"ReLU inplace {inplace}", kind="ReLU", inplace=inplace, printed=nn.ReLU(inplace))
        out.inputs(t)
        out.results(rectify, t)

    # Convolution, then batch norm in eval mode, is one convolution with other weights
    t = {"x": numbers.normal([2, 3, 4, 5]), "weight": numbers.normal([4, 3, 3, 3]), "bias": numbers.normal([4]),
         "gamma": numbers.normal([4], 1, 0.5), "beta": numbers.normal([4]), "mean": numbers.normal([4]),
         "var": numbers.normal([4]).square().float().double()}

    def fold(t, dtype):
        conv, bn = nn.Conv2d(3, 4, 3, padding=1).to(dtype).eval(), nn.BatchNorm2d(4).to(dtype).eval()
        conv.load_state_dict({"weight": t["weight"], "bias": t["bias"]})
        bn.load_state_dict({"weight": t["gamma"], "bias": t["beta"], "running_mean": t["mean"], "running_var": t["var"],
                            "num_batches_tracked": torch.tensor(1)})
        fused = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, bn)
        return {"y": bn(conv(t["x"])).detach(), "folded weight": fused.weight.detach(),
                "folded bias": fused.bias.detach()}
    out.case("folding", kind="folding")
    out.inputs(t)
    out.results(fold, t)

    x = numbers.normal([5, 7])
    x[1, 2], x[2, 3], x[3, 4], x[3, 5] = math.nan, math.inf, math.inf, -math.inf
    x[4] = (x[4] * 1e-40).float().double()
    case("Linear, NaN, infinity and denormals", lambda: nn.Linear(7, 3), x, kind="Linear")
    out.write()


# The norms of chapter 13

def norms():
    out = Vectors("norms")
    numbers = Numbers(5)

    def condition_of(x, groups):
        """The largest |mean| / sqrt(variance + eps) of what is standardised together."""
        rows = x.reshape(groups, -1)
        return (rows.mean(1).abs() / (rows.var(1, unbiased=False) + 1e-5).sqrt()).max().item()

    def left_over(t, rows):
        """As `cancelling`, for the two values of each row, with the weights left out."""
        x = t["x"].reshape(rows, 2)
        terms = t["d_y"].reshape(rows, 2) / (x.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        return lambda results: {"d_x": max(terms.abs().max().item(), results["d_x"].abs().max().item())}

    def case(name, make, shape, x=None, rows=1, **settings):
        t = {"x": numbers.normal(shape, 1, 2) if x is None else x, "d_y": numbers.normal(shape)}
        for parameter, value in make().named_parameters():
            t[parameter] = numbers.normal(list(value.shape), 1, 0.5)
        out.case(name, printed=make(), condition=number(max(1.0, condition_of(t["x"], rows))), **settings)
        out.inputs(t)
        out.results(layer_run(make), t, left_over(t, rows) if t["x"].numel() // rows == 2 else None)

    def group(name, groups, shape, x=None, eps=1e-5, affine=True, **more):
        case(f"GroupNorm {name}", lambda: nn.GroupNorm(groups, shape[1], eps, affine), shape, x, groups * shape[0],
             kind="GroupNorm", groups=groups, channels=shape[1], eps=eps, affine=affine, **more)

    def instance(name, shape, x=None, eps=1e-5, affine=False, **more):
        case(f"InstanceNorm2d {name}", lambda: nn.InstanceNorm2d(shape[1], eps, affine=affine), shape, x,
             shape[0] * shape[1], kind="InstanceNorm2d", channels=shape[1], eps=eps, affine=affine, **more)

    def layer(name, shape, normalized, x=None, eps=1e-5, affine=True, **more):
        case(f"LayerNorm {name}", lambda: nn.LayerNorm(normalized, eps, affine), shape, x,
             math.prod(shape) // math.prod(normalized), kind="LayerNorm", normalized=" ".join(map(str, normalized)),
             eps=eps, affine=affine, **more)

    for groups in (1, 2, 3, 6):
        group(f"{groups} of 6 channels", groups, [3, 6, 2, 3])
    group("not affine", 2, [2, 4, 3, 1], affine=False)
    group("eps 1e-3", 2, [2, 4, 3, 1], eps=1e-3)
    group("long rows", 2, [2, 4, 5, 17])
    group("two values per group", 2, [3, 2, 2, 1])
    for affine in (False, True):
        instance(f"affine {affine}", [2, 3, 4, 5], affine=affine)
    instance("eps 1e-3, one image", [1, 2, 3, 3], eps=1e-3)
    for normalized in ([4, 3, 2], [3, 2], [2]):
        layer(f"over {normalized}", [2, 4, 3, 2], normalized)
    layer("of vectors", [5, 7], [7])
    layer("not affine", [2, 3, 2, 2], [3, 2, 2], affine=False)
    layer("eps 1e-3", [2, 3, 2, 2], [3, 2, 2], eps=1e-3)

    for n in at_random(6):
        shape = [n.between(1, 4), 6, n.between(2, 5), n.between(2, 20)]
        options = {"eps": 10.0 ** -n.between(2, 6), "affine": n.one_of(True, False)}
        group(f"{shape}, {options}", n.one_of(1, 2, 3, 6), shape, n.normal(shape, n.between(-3, 3), 2), **options)
        instance(f"{shape}, {options}", shape, n.normal(shape, n.between(-3, 3), 2), **options)
        layer(f"{shape}, {options}", shape, shape[n.between(1, 3):], n.normal(shape, n.between(-3, 3), 2), **options)

    # Large means, and equal values: PyTorch's own float is far from its double there, and four digits are ours
    shape = [2, 4, 3, 5]
    large = numbers.normal(shape, 1e4, 1e-2)
    constant = numbers.normal(shape)
    constant[0] = 0.5
    constant[1, :2] = 1e4
    for name, x in (("mean 1e4, deviation 1e-2", large), ("constant", constant)):
        group(name, 2, shape, x, four_digits=True)
        instance(name, shape, x, affine=True, four_digits=True)
        layer(name, shape, shape[1:], x, four_digits=True)

    # NaN and infinity stay among the values that are standardised together
    spoilt = numbers.normal(shape)
    spoilt[0, 1, 2, 3], spoilt[1, 2, 0, 1] = math.nan, math.inf
    group("NaN and infinity", 2, shape, spoilt)
    instance("NaN and infinity", shape, spoilt, affine=True)
    layer("NaN and infinity", shape, shape[1:], spoilt)
    out.write()


# Numbers at the edges

def extremes():
    """What is not finite stands in one channel of three: the others are as ever. Small and large values in all."""
    out = Vectors("extremes")
    numbers = Numbers(6)

    def case(name, change, steps="train train eval", **settings):
        t = batch_norm_inputs(numbers, [2, 3, 2, 3], steps, 0.5, 2)
        change(t)
        for key in t:
            t[key] = t[key].float().double()
        out.case(name, steps=steps, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, **settings)
        out.inputs(t)
        out.results(batch_norm_run({}, steps), t, double_only="types" in settings)

    def one(key, value):
        def change(t):
            t[key][1, 1, 0, 2] = value
        return change

    def scaled(factor):
        def change(t):
            t["bias"][:] = 0
            for k in range(3):
                t[f"x{k}"] *= factor
        return change

    nan, inf = math.nan, math.inf
    case("NaN in training", one("x0", nan))
    case("infinity in training", one("x0", inf))
    case("NaN in eval", one("x2", nan))
    case("infinity in eval", one("x2", inf))
    case("minus infinity in eval", one("x2", -inf))
    case("NaN in the gradient", one("d_y0", nan))
    case("infinity in the gradient", one("d_y0", inf))
    case("infinity in the gradient in eval", one("d_y2", inf))
    case("denormals", scaled(1e-40), float_digits=4)  # 1e-40 is 70,000 times the smallest float
    case("values of 1e-30", scaled(1e-30))
    case("values of 1e18", scaled(1e18))
    case("values of 1e38", scaled(1e38), types="double")
    out.write()


# Loss and optimiser

def training():
    out = Vectors("training")
    numbers = Numbers(4)

    def loss(name, logits, targets):
        def run(t, dtype):
            z = t["logits"].clone().requires_grad_()
            value = F.cross_entropy(z, torch.tensor(targets))
            value.backward()
            return {"loss": value.detach(), "d_logits": z.grad}
        t = {"logits": logits}
        out.case(f"cross-entropy, {name}", targets=" ".join(map(str, targets)))
        out.inputs(t)
        out.results(run, t)

    big = torch.tensor([[1e4, -1e4], [-1e4, 1e4], [1e4, -1e4], [1e4, 1e4], [-1e4, -1e4], [1e4, 9999]],
                       dtype=torch.float64)
    loss("four images", numbers.normal([4, 3], 0, 2), [0, 2, 1, 1])
    loss("one image", numbers.normal([1, 2]), [1])
    loss("ten classes", numbers.normal([7, 10], 1, 4), [9, 0, 3, 3, 5, 8, 1])
    loss("equal logits", torch.full([3, 4], 2.5, dtype=torch.float64), [0, 1, 3])
    loss("logits of 1e4, all right", big[:2], [0, 1])
    loss("logits of 1e4", big, [0, 1, 1, 0, 1, 1])
    loss("one class", numbers.normal([3, 1]), [0, 0, 0])
    special = Numbers(7)
    for name, value in (("NaN", math.nan), ("infinity", math.inf), ("minus infinity", -math.inf), ("1e-40", 1e-40)):
        z = special.normal([3, 3])
        z[1, 2] = torch.tensor(value).double()
        loss(f"one logit {name}", z, [0, 1, 2])
        loss(f"one logit {name}, the target's", z, [0, 2, 2])

    for n in at_random(5):
        images, classes = n.shape(9, 12)
        loss(f"{images} x {classes}", n.normal([images, classes], 0, n.one_of(1, 10, 1e4)),
             [n.between(0, classes - 1) for _ in range(images)])

    def sgd_steps(numbers, momentum, weight_decay, rates):
        t = {"a": numbers.normal([2, 3]), "b": numbers.normal([5])}
        for k in range(len(rates)):
            t[f"d_a{k}"], t[f"d_b{k}"] = numbers.normal([2, 3]), numbers.normal([5])

        def run(t, dtype):
            parameters = {n: nn.Parameter(t[n].clone()) for n in "ab"}
            sgd = torch.optim.SGD(parameters.values(), lr=1, momentum=momentum, weight_decay=weight_decay)
            results = {}
            for k, rate in enumerate(rates):
                sgd.param_groups[0]["lr"] = rate
                for n, parameter in parameters.items():
                    parameter.grad = t[f"d_{n}{k}"].clone()
                sgd.step()
                for n, parameter in parameters.items():
                    results[f"{n}{k}"] = parameter.detach().clone()
            return results
        out.case(f"SGD, momentum {momentum}, weight decay {weight_decay}", momentum=momentum,
                 weight_decay=weight_decay, rates=" ".join(map(str, rates)))
        out.inputs(t)
        out.results(run, t)

    for momentum in (0.0, 0.9):
        for weight_decay in (0.0, 0.01):
            sgd_steps(numbers, momentum, weight_decay, [0.1, 0.1, 0.05, 0.2, 0.1, 0.3])
    for n in at_random(4):
        rates = [10.0 ** n.between(-4, 0) * n.between(1, 9) for _ in range(n.between(6, 12))]
        sgd_steps(n, n.one_of(0.0, 0.5, 0.9, 0.99), n.one_of(0.0, 1e-4, 0.1), rates)

    steps = 12
    sgd = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, steps)
    rates = []
    for _ in range(steps + 1):
        rates.append(sgd.param_groups[0]["lr"])
        sgd.step()
        schedule.step()
    out.case("cosine", lr=0.3)
    out.results(lambda t, dtype: {"rates": torch.tensor(rates, dtype=torch.float64)}, {})
    out.write()


# The network

class ResBlock(nn.Module):
    def __init__(self, inputs, outputs, batch_norm):
        super().__init__()
        norm = nn.BatchNorm2d if batch_norm else None
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        if norm: self.bn1 = norm(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if norm: self.bn2 = norm(outputs)
        self.conv3 = nn.Conv2d(outputs, outputs, 3, padding=1)
        if norm: self.bn3 = norm(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.norms = batch_norm

    def forward(self, x):
        def norm(k, o): return getattr(self, f"bn{k}")(o) if self.norms else o
        r = self.relu(norm(1, self.conv1(x)))
        o = self.relu(norm(2, self.conv2(r)))
        return self.relu(norm(3, self.conv3(o)) + r)


class ResNet(nn.Module):
    def __init__(self, batch_norm=True):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        if batch_norm: self.bn_initial = nn.BatchNorm2d(8)
        self.res_block1 = ResBlock(8, 16, batch_norm)
        self.fc1 = nn.Linear(1024, 64)
        self.fc2 = nn.Linear(64, 2)
        self.relu = nn.ReLU(inplace=True)
        self.norms = batch_norm

    def forward(self, x):
        o = self.conv1(x)
        o = F.max_pool2d(self.relu(self.bn_initial(o) if self.norms else o), 2)
        o = F.max_pool2d(self.res_block1(o), 2)
        return self.fc2(self.relu(self.fc1(o.flatten(1))))


def network():
    out = Vectors("network")
    numbers = Numbers(5)
    for batch_norm in (True, False):
        model = ResNet(batch_norm)
        t, patterns = {}, {}
        for seed, (name, value) in enumerate(model.named_parameters()):
            if value.numel() > 100:
                scale = 2.0 ** math.floor(math.log2(value[0].numel() ** -0.5))
                patterns[name] = (list(value.shape), 100 + seed + 1000 * SEED, scale)
            else:
                one = ("bn" in name and name.endswith("weight"))
                t[name] = numbers.normal(list(value.shape), 1 if one else 0, 0.25)
        for k in range(2):
            patterns[f"images{k}"] = ([4, 3, 32, 32], 200 + k + 1000 * SEED, 2.0)
        targets, largest = [0, 1, 1, 0], {}

        def summary(name, value, results, full):
            """Large tensors: every 103rd element, and the sums of rows and of columns."""
            if value.numel() <= full:
                results[name] = value
                return
            rows = value.double().reshape(value.shape[0], -1)
            results[name + " every 103rd"] = value.flatten()[::103]
            if value.dtype == torch.float64:
                largest[name + " every 103rd"] = value.abs().max().item()
            results[name + " row sums"] = rows.sum(1)
            results[name + " column sums"] = rows.sum(0)

        def run(t, dtype, order=slice(None), memory_format=torch.contiguous_format):
            net = ResNet(batch_norm).to(dtype).to(memory_format=memory_format)
            for name, parameter in net.named_parameters():
                parameter.data.copy_(t[name])
            sgd = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-3)
            results = {}

            def state(k, only):
                for name, value in net.state_dict().items():
                    if re.search(only, name):
                        summary(f"{name} after {k}", value.clone(), results, 1000)

            # Two steps; the gradients of the first
            for k in range(2):
                sgd.zero_grad()
                logits = net(t[f"images{k}"][order].contiguous(memory_format=memory_format))
                loss = F.cross_entropy(logits, torch.tensor(targets)[order])
                loss.backward()
                results[f"logits {k}"], results[f"loss {k}"] = logits.detach()[order], loss.detach()
                if k == 0:
                    for name, parameter in net.named_parameters():
                        summary(f"d {name}", parameter.grad.clone(), results, 3000 if batch_norm else 200)
                sgd.step()
                state(k, "running|tracked")
            state(1, "weight|bias")

            # In eval mode: the logits, and the gradients, which there are, too
            net.eval()
            sgd.zero_grad()
            logits = net(t["images0"][order].contiguous(memory_format=memory_format))
            F.cross_entropy(logits, torch.tensor(targets)[order]).backward()
            results["eval logits"] = logits.detach()[order]
            for name, parameter in net.named_parameters():
                summary(f"eval d {name}", parameter.grad.clone(), results, 200)
            return results

        def sizes(results):
            """What errors are measured against.

            Of a large tensor, the largest of all its elements. A bias before batch norm has the gradient 0: what is
            left of it is measured against its weight's.
            """
            names = [n for n in results if batch_norm and re.fullmatch(r"d .*conv\d\.bias", n)]
            return {**largest, **{n: results[n.replace("bias", "weight")].abs().max().item() for n in names}}

        out.case("with batch norm" if batch_norm else "without batch norm", batch_norm=batch_norm,
                 targets=" ".join(map(str, targets)), printed=model, parameters=sum(p.numel() for p in model.parameters()),
                 names=" ".join(model.state_dict()), shapes="; ".join(str(list(v.shape)) for v in model.state_dict().values()))
        out.inputs(t)
        for name, (shape, seed, scale) in patterns.items():
            out.pattern(name, shape, seed, scale)
            t[name] = pattern(shape, seed, scale)

        def in_order(order, memory_format):
            back = [order.index(k) for k in range(4)]

            def run_in_order(t, dtype):
                results = run(t, dtype, list(order), memory_format)
                # run has put the logits in this order once more
                return {n: v[back][back] if "logits" in n else v for n, v in results.items()}
            return run_in_order
        also = [in_order(order, memory_format) for order in itertools.permutations(range(4))
                for memory_format in (torch.contiguous_format, torch.channels_last)]
        out.results(run, t, sizes, also=also, groups=("d ", "eval d "))

    # Convolution, batch norm, shortcut, ReLU and pooling in other sizes
    for name, shape, pooled in (("shortcut", [3, 2, 5, 7], False), ("pooling", [3, 2, 6, 10], True)):
        t = {"x": numbers.normal(shape), "weight": numbers.normal([3, 2, 3, 3], 0, 0.5), "bias": numbers.normal([3]),
             "gamma": numbers.normal([3], 1, 0.5), "beta": numbers.normal([3])}
        y = [shape[0], 3, shape[2], shape[3]]
        if not pooled:
            t["shortcut"] = numbers.normal(y)
        t["d_z"] = numbers.normal([y[0], 3, y[2] // 2, y[3] // 2] if pooled else y)

        def part(t, dtype):
            conv, bn = nn.Conv2d(2, 3, 3, padding=1).to(dtype), nn.BatchNorm2d(3).to(dtype)
            for parameter, n in ((conv.weight, "weight"), (conv.bias, "bias"), (bn.weight, "gamma"), (bn.bias, "beta")):
                parameter.data.copy_(t[n])
            x = t["x"].clone().requires_grad_()
            s = t["shortcut"].clone().requires_grad_() if not pooled else None
            n = bn(conv(x))
            z = F.max_pool2d(F.relu(n), 2) if pooled else F.relu(n + s)
            z.backward(t["d_z"])
            results = {"z": z.detach(), "d_x": x.grad, "d_weight": conv.weight.grad, "d_bias": conv.bias.grad,
                       "d_gamma": bn.weight.grad, "d_beta": bn.bias.grad, "running_mean": bn.running_mean.clone(),
                       "running_var": bn.running_var.clone()}
            if not pooled:
                results["d_shortcut"] = s.grad
            bn.eval()
            with torch.no_grad():
                n = bn(conv(t["x"]))
                results["eval z"] = F.max_pool2d(F.relu(n), 2) if pooled else F.relu(n + t["shortcut"])
            return results
        out.case(f"part with {name}", pooling=pooled)
        out.inputs(t)
        out.results(part, t, lambda results: {"d_bias": results["d_weight"].abs().max().item()})
    out.write()


# The same training run

def trajectory():
    """Chapter 8's network trained from given weights with given batches: the loss at each step.

    256 images of noise with a trace of their class's picture, 64 a step; step k takes the images 77(64k + j) mod 256.
    In double, and in float in several ways that are all correct. With two learning rates.
    """
    out = Vectors("trajectory")
    images, batch, steps = 256, 64, 200
    patterns = {"noise": ([images, 3, 32, 32], 300 + 1000 * SEED, 1.0),
                "pictures": ([2, 3, 32, 32], 301 + 1000 * SEED, 0.125)}
    for seed, (name, value) in enumerate(ResNet().named_parameters()):
        if "bn" not in name:  # those start at 1 and 0
            if value.dim() > 1:
                scale = 2.0 ** math.floor(math.log2(value[0].numel() ** -0.5))
            patterns[name] = (list(value.shape), 400 + seed + 1000 * SEED, scale)
    t = {name: pattern(*p) for name, p in patterns.items()}
    labels = torch.arange(images) % 2
    inputs = (t["noise"] + t["pictures"][labels]).float()

    def losses(lr, dtype=torch.float32, threads=1, mkldnn=True, memory_format=torch.contiguous_format, order=1):
        torch.set_num_threads(threads)
        net = ResNet().to(dtype)
        for name, parameter in net.named_parameters():
            if name in t:
                parameter.data.copy_(t[name])
        net = net.to(memory_format=memory_format)
        x = inputs.to(dtype).contiguous(memory_format=memory_format)
        sgd = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
        result = []
        with torch.backends.mkldnn.flags(enabled=mkldnn):
            for k in range(steps):
                chosen = [77 * (batch * k + j) % images for j in range(batch)][::order]
                sgd.zero_grad()
                loss = F.cross_entropy(net(x[chosen]), labels[chosen])
                loss.backward()
                sgd.step()
                result.append(loss.item())
        torch.set_num_threads(1)
        return torch.tensor(result, dtype=torch.float64)

    out.case("weights and images")
    for name, p in patterns.items():
        out.pattern(name, *p)
    for lr in (0.001, 0.01):
        out.case(f"rate {lr}", inputs="weights and images", batch=batch, lr=lr, momentum=0.9)
        for name, result in {
                "double": losses(lr, torch.float64),
                "double reversed": losses(lr, torch.float64, order=-1),
                "float": losses(lr),
                "float 2 threads": losses(lr, threads=2),
                "float channels_last": losses(lr, memory_format=torch.channels_last),
                "float without mkldnn": losses(lr, mkldnn=False),
                "float reversed": losses(lr, order=-1)}.items():
            out.tensor("result", name, result)
    out.write()


# Hooks: what is called, in which order, with which numbers

class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([float(factor)]))

    def forward(self, x):
        return x * self.factor


def hooks():
    out = Vectors("hooks")
    events = []

    def show(value):
        return "none" if value is None else f"{value.flatten()[0].item():g}"

    def pre(name, action=None):
        def hook(module, inputs):
            events.append(f"{name} {show(inputs[0])}")
            return action() if action else None
        return hook

    def post(name, action=None):
        def hook(module, inputs, output):
            events.append(f"{name} {show(inputs[0])} {show(output)}")
            return action() if action else None
        return hook

    def back(name, action=None):
        def hook(module, grad_input, grad_output):
            events.append(f"{name} {show(grad_input[0])} {show(grad_output[0])}")
            return action() if action else None
        return hook

    def value(number):
        return torch.tensor([float(number)])

    def x(number=1):
        return value(number).requires_grad_()

    def log(name, result):
        events.append(f"{name} {show(result)}")

    def done(name):
        out.case(name, events="; ".join(events))
        events.clear()

    # Order of registration, within a tree
    model = nn.Sequential(Scale(2), Scale(3))
    model.register_forward_hook(post("model hook"))
    model.register_forward_pre_hook(pre("model pre"))
    model.register_full_backward_hook(back("model back"))
    for k in (0, 1):
        for n in ("a", "b"):
            model[k].register_forward_hook(post(f"{k} hook {n}"))
            model[k].register_forward_pre_hook(pre(f"{k} pre {n}"))
            model[k].register_full_backward_hook(back(f"{k} back {n}"))
    start = x()
    model(start).backward(value(5))
    log("d_x", start.grad)
    log("d_factor", model[0].factor.grad)
    log("d_factor", model[1].factor.grad)
    done("order")

    # forward itself fires none
    model = Scale(2)
    model.register_forward_hook(post("hook"))
    log("forward", model.forward(x(3)))
    log("call", model(x(3)))
    done("forward fires no hooks")

    # What a hook returns replaces; the next sees it
    model = Scale(2)
    model.register_forward_pre_hook(pre("pre a", lambda: (x(10),)))
    model.register_forward_pre_hook(pre("pre b"))
    model.register_forward_hook(post("hook a", lambda: value(7)))
    model.register_forward_hook(post("hook b"))
    model.register_forward_hook(post("hook c", lambda: value(8)))
    log("y", model(x(1)))
    done("replaced values")
    model = Scale(2)
    model.register_full_backward_hook(back("back a", lambda: (value(50),)))
    model.register_full_backward_hook(back("back b"))
    start = x(4)
    model(start).backward(value(3))
    log("d_x", start.grad)
    log("d_factor", model.factor.grad)
    done("replaced gradients")

    # Removed while the hooks run: still called this time
    model, handles = Scale(2), {}
    model.register_forward_hook(post("hook a", lambda: handles["b"].remove()))
    handles["b"] = model.register_forward_hook(post("hook b"))
    model(x())
    events.append("again")
    model(x())
    done("removed while hooks run")

    # Added while the hooks run: called next time
    model = Scale(2)

    def add():
        if "added" not in handles:
            handles["added"] = model.register_forward_hook(post("added"))
    model.register_forward_hook(post("hook a", add))
    model(x())
    events.append("again")
    model(x())
    done("added while hooks run")

    # A pre-hook that removes a forward hook stops it in the same call, and one that adds one starts it
    model = Scale(2)
    model.register_forward_pre_hook(pre("pre", lambda: handles["stopped"].remove()))
    handles["stopped"] = model.register_forward_hook(post("hook a"))
    model.register_forward_hook(post("hook b"))
    model(x())
    done("removed by a pre-hook")
    model = Scale(2)

    def add_once():
        if "once" not in handles:
            handles["once"] = model.register_forward_hook(post("added"))
    model.register_forward_pre_hook(pre("pre", add_once))
    model(x())
    done("added by a pre-hook")

    # Removing twice, and after the module has gone
    model = Scale(2)
    handle = model.register_forward_hook(post("hook"))
    handle.remove()
    handle.remove()
    model(x())
    handle = model.register_forward_hook(post("hook"))
    del model
    handle.remove()
    events.append("harmless")
    done("removed twice")

    # Backward hooks are fixed at the forward pass
    model = Scale(2)
    handle = model.register_full_backward_hook(back("removed later"))
    y = model(x())
    handle.remove()
    handle = model.register_full_backward_hook(back("added later"))
    y.backward(value(1))
    events.append("again")
    model(x()).backward(value(1))
    done("backward hooks are fixed at the forward pass")

    # A module that is called twice
    model = Scale(3)
    model.register_forward_pre_hook(pre("pre"))
    model.register_forward_hook(post("hook"))
    model.register_full_backward_hook(back("back"))
    start = x(2)
    model(model(start)).backward(value(1))
    log("d_x", start.grad)
    log("d_factor", model.factor.grad)
    done("called twice")

    # The trap: a kept output that an in-place ReLU overwrites
    model, kept = nn.Sequential(Scale(-2), nn.ReLU(inplace=True)), {}

    def keep(module, inputs, output):
        kept["reference"], kept["copy"] = output.detach(), output.detach().clone()
    model[0].register_forward_hook(keep)
    model(x(3))
    log("reference", kept["reference"])
    log("copy", kept["copy"])
    done("in-place ReLU")
    out.write()


# Messages

def messages():
    out = Vectors("messages")

    def said(action):
        try:
            action()
            return "accepted"
        except Exception as e:
            return re.sub(r"torch\.Size\((\[[^]]*\])\)", r"\1", str(e))

    def says(name, action, **settings):
        out.case(name, torch=said(action), **settings)

    z = torch.zeros
    both = {"affine": False, "track_running_stats": False}
    no_buffers = nn.BatchNorm2d(16, track_running_stats=False)
    says("BatchNorm2d, one value", lambda: nn.BatchNorm2d(16)(z(1, 16, 1, 1)))
    says("BatchNorm2d, one value in eval without buffers", lambda: copy.deepcopy(no_buffers).eval()(z(1, 16, 1, 1)))
    says("BatchNorm2d, one value in eval", lambda: nn.BatchNorm2d(16).eval()(z(1, 16, 1, 1)))
    says("BatchNorm2d, one image", lambda: nn.BatchNorm2d(16)(z(1, 16, 1, 2)))
    for shape in ([16], [2, 16], [2, 16, 3], [2, 16, 3, 3, 3]):
        says(f"BatchNorm2d, shape {shape}", lambda: nn.BatchNorm2d(16)(z(*shape)))
    says("BatchNorm2d, wrong channels", lambda: nn.BatchNorm2d(16)(z(2, 8, 3, 3)))
    says("BatchNorm2d, wrong channels in eval", lambda: nn.BatchNorm2d(16).eval()(z(2, 8, 3, 3)))
    says("BatchNorm2d, wrong channels without buffers", lambda: no_buffers(z(2, 8, 3, 3)))
    says("BatchNorm2d, wrong channels without both", lambda: nn.BatchNorm2d(16, **both)(z(2, 8, 3, 3)))

    counted = nn.BatchNorm2d(16)
    says("BatchNorm2d, no images", lambda: counted(z(0, 16, 3, 3)))
    out.lines.append(f"set counted {counted.num_batches_tracked.item()}")
    counted = nn.BatchNorm2d(16)
    says("BatchNorm2d, a refused batch", lambda: counted(z(1, 16, 1, 1)))
    out.lines.append(f"set counted {counted.num_batches_tracked.item()}")

    says("Conv2d, wrong channels", lambda: nn.Conv2d(8, 16, 3)(z(2, 3, 8, 8)))
    says("Conv2d, kernel too large", lambda: nn.Conv2d(8, 16, 3)(z(2, 8, 2, 2)))
    says("Conv2d, kernel too large with padding", lambda: nn.Conv2d(8, 16, (5, 3), padding=(1, 0))(z(2, 8, 2, 3)))
    says("MaxPool2d, nothing left", lambda: nn.MaxPool2d(2)(z(2, 3, 1, 1)))
    says("MaxPool2d, no row left", lambda: nn.MaxPool2d((3, 2), 1)(z(2, 3, 2, 5)))
    says("Linear", lambda: nn.Linear(8, 16)(z(2, 3)))
    says("cross_entropy, target", lambda: F.cross_entropy(z(2, 3), torch.tensor([0, 3])))

    state = nn.BatchNorm2d(2).state_dict()
    cases = {
        "missing": {k: v for k, v in state.items() if not k.startswith("running")},
        "unexpected": {**state, "extra": z(1), "other": z(1)},
        "size mismatch": {**state, "bias": z(3)},
        "all at once": {"weight": z(2, 2), "bias": z(3), "num_batches_tracked": torch.tensor(0), "extra": z(1)},
        "no num_batches_tracked": {k: v for k, v in state.items() if k != "num_batches_tracked"},
    }
    for name, given in cases.items():
        says(f"load_state_dict, {name}", lambda: nn.BatchNorm2d(2).load_state_dict(given))
    nested = nn.Sequential(nn.BatchNorm2d(2), nn.Linear(2, 3))
    given = nested.state_dict()
    del given["0.running_var"]
    given["1.weight"] = z(2, 3)
    says("load_state_dict, nested", lambda: nested.load_state_dict(given))

    printed = {
        "BatchNorm2d": nn.BatchNorm2d(16),
        "BatchNorm2d with other options": nn.BatchNorm2d(3, 1e-3, 0.25, False, False),
        "BatchNorm2d without momentum": nn.BatchNorm2d(3, momentum=None),
        "Conv2d": nn.Conv2d(8, 16, 3, padding=1),
        "Conv2d without bias": nn.Conv2d(8, 16, 3, bias=False),
        "Conv2d not square": nn.Conv2d(3, 8, (3, 5), stride=2),
        "Linear": nn.Linear(1024, 64),
        "Linear without bias": nn.Linear(3, 2, bias=False),
        "MaxPool2d": nn.MaxPool2d(2),
        "MaxPool2d not square": nn.MaxPool2d((3, 2), (1, 2)),
        "ReLU": nn.ReLU(),
        "ReLU in place": nn.ReLU(inplace=True),
        "Sequential": nn.Sequential(nn.BatchNorm2d(2), nn.Sequential(nn.ReLU())),
    }
    for name, layer in printed.items():
        out.case(f"printed, {name}", torch=layer)
    for affine in (True, False):
        for track in (True, False):
            layer = nn.BatchNorm2d(2, affine=affine, track_running_stats=track)
            out.case(f"state_dict, affine {affine}, track_running_stats {track}", torch=" ".join(layer.state_dict()))
    start = nn.BatchNorm2d(2).state_dict()
    out.case("initial state", torch="; ".join(f"{k} {v.double().flatten().tolist()}" for k, v in start.items()))

    # Initial weights: uniform, so the largest and the standard deviation say how wide
    torch.manual_seed(0)
    for name, layer in (("Conv2d", nn.Conv2d(64, 64, 3)), ("Linear", nn.Linear(500, 200))):
        w = layer.weight.detach()
        out.case(f"initial values, {name}", largest=w.abs().max().item(), deviation=w.std(unbiased=False).item(),
                 fan_in=w[0].numel())
    out.write()


if __name__ == "__main__":
    writers = (batch_norm, layers, norms, extremes, training, network, trajectory, hooks, messages)
    options = argparse.ArgumentParser(description="Writes what PyTorch computes to FOLDER/NAME.txt.")
    options.add_argument("names", metavar="NAME", nargs="*", help="these files only")
    options.add_argument("--seed", type=int, default=SEED, help="not 0: other numbers, and cases of random shapes")
    options.add_argument("--folder", default=FOLDER, help="where to (default: the committed vectors)")
    options = options.parse_args()
    SEED, FOLDER = options.seed, options.folder
    unknown = set(options.names) - {write.__name__ for write in writers}
    if unknown:
        sys.exit(f"make.py: there is no {', '.join(sorted(unknown))}")
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    os.makedirs(FOLDER, exist_ok=True)
    for write in writers:
        if not options.names or write.__name__ in options.names:
            write()
