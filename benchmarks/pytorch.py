#!/usr/bin/env python3
"""Times PyTorch on the work that project.cpp does and prints lines "name = value".

    pytorch.py THREADS contiguous|channels_last WHAT...

WHAT: epoch, evaluation (seconds); batch_norm_small, batch_norm_large (forward + backward, seconds). A name is printed
once for each sample. First come "version" and "blas", last "memory", the most that the process has held, in MB.
"""
import re
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

IMAGES, BATCH, EVALUATION_BATCH = 10_000, 64, 100
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)


class ResBlock(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.conv1 = nn.Conv2d(n_in, n_out, kernel_size=3, padding=1)
        self.bn1 = nn.BatchNorm2d(n_out)
        self.conv2 = nn.Conv2d(n_out, n_out, kernel_size=3, padding=1)
        self.bn2 = nn.BatchNorm2d(n_out)
        self.conv3 = nn.Conv2d(n_out, n_out, kernel_size=3, padding=1)
        self.bn3 = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        r = self.relu(self.bn1(self.conv1(x)))
        return self.relu(self.bn3(self.conv3(self.relu(self.bn2(self.conv2(r))))) + r)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, kernel_size=3, padding=1)
        self.bn_initial = nn.BatchNorm2d(8)
        self.res_block1 = ResBlock(8, 16)
        self.fc1 = nn.Linear(16 * 8 * 8, 64)
        self.fc2 = nn.Linear(64, 2)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x):
        o = F.max_pool2d(self.relu(self.bn_initial(self.conv1(x))), 2)
        o = F.max_pool2d(self.res_block1(o), 2)
        return self.fc2(self.relu(self.fc1(o.flatten(1))))


def seconds(action):
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def make_data(layout):
    """Random images, decoded before the clock starts: what PyTorch does per batch is only to pick them."""
    pixels = torch.randint(0, 256, (IMAGES, 3, 32, 32), dtype=torch.uint8)
    mean, std = (torch.tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
    images = pixels.float().div_(255).sub_(mean).div_(std).contiguous(memory_format=layout)
    return images, torch.randint(0, 2, (IMAGES,))


def train(model, optimizer, images, labels, layout):
    model.train()
    for batch in torch.randperm(len(images)).split(BATCH):
        x = images[batch].contiguous(memory_format=layout)
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(model(x), labels[batch])
        if not loss.isfinite():
            sys.exit("the loss is not finite")
        loss.backward()
        optimizer.step()


def evaluate(model, images, labels):
    model.eval()
    right = loss = 0
    with torch.inference_mode():
        for x, y in zip(images.split(EVALUATION_BATCH), labels.split(EVALUATION_BATCH)):
            logits = model(x)
            loss += F.cross_entropy(logits, y, reduction="sum").item()
            right += (logits.argmax(1) == y).sum().item()
    return loss / len(images), right / len(images)


def batch_norm(shape, layout, rounds):
    """Prints the seconds of each forward and backward pass, the first left out."""
    layer = nn.BatchNorm2d(shape[1])
    x = torch.randn(shape).contiguous(memory_format=layout).requires_grad_()
    d_y = torch.randn(shape).contiguous(memory_format=layout)
    name = "batch_norm_small" if shape[0] == 64 else "batch_norm_large"
    for i in range(rounds + 1):
        x.grad = layer.weight.grad = layer.bias.grad = None
        sample = seconds(lambda: layer(x).backward(d_y))
        if i > 0:
            print(name, "=", sample)


def blas():
    """Which library multiplies matrices: "reference" is many times slower than the others."""
    with open("/proc/self/maps") as maps:
        openblas = re.search(r"openblas-?\w*", maps.read())
    return openblas.group() if openblas else "mkl" if torch.backends.mkl.is_available() else "reference"


def main():
    threads, layout_name, what = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last}[layout_name]
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    print("version =", torch.__version__)
    print("blas =", blas())

    if "epoch" in what or "evaluation" in what:
        images, labels = make_data(layout)
        model = ResNet().to(memory_format=layout)
        assert sum(p.numel() for p in model.parameters()) == 71_874
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        train(model, optimizer, images[:640], labels[:640], layout)  # warms up
    if "epoch" in what:
        for _ in range(2):
            print("epoch =", seconds(lambda: train(model, optimizer, images, labels, layout)))
    if "evaluation" in what:
        for _ in range(2):
            print("evaluation =", seconds(lambda: evaluate(model, images, labels)))
    if "batch_norm_small" in what:
        batch_norm((64, 16, 16, 16), layout, 200)
    if "batch_norm_large" in what:
        batch_norm((256, 64, 56, 56), layout, 4)
    with open("/proc/self/status") as status:
        print("memory =", int(re.search(r"VmHWM:\s+(\d+)", status.read()).group(1)) / 1000)


main()
