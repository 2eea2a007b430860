"""Block corruption: ResNet18 made fully convolutional: damage per 32-px cell, and a decision learned with it.

State-dict names are those of torchvision's ResNet18 (``conv1.weight``, ``layer1.0.bn1.bias``, …) but for its last layer:
``conv6``, a 1×1 convolution. A user's ImageNet checkpoint therefore initialises the trunk (:func:`from_imagenet`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (the name every reader knows)
from torch.nn.utils.fusion import fuse_conv_bn_eval

from vqa_toolkit.models.corruption_turned import both_ways

WINDOW = 5  # cells a side that the decision looks at together: the largest training crop
CELL_PX = 32  # total stride of the trunk
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # ImageNet's, so that its checkpoints fit
LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
NOVELTY_SCALE = 0.15  # of full scale: differences between pictures are divided by this and clipped to ±3
AREA_LIMIT = 0.07  # Prime Video's v1: a picture is corrupted when more than this share of its map is
V1_CELL = 0.5  # probability above which v1 counts a cell
FEATURES = 36  # numbers per 8-px block that the head reads, of vqa_toolkit.measures.corruption_features
FEATURE_CLIP = 8.0  # standard deviations
GRID_PX = 8  # transform blocks of MPEG-2 and H.264; larger blocks are multiples
STEP_SCALE = 0.05  # of full scale: steps on the grid are divided by this
PIXELS = 7  # planes of pixels that the head sees: RGB, and the change to the luma beside
EVIDENCE = 11  # planes of :func:`evidence`
Decision = Literal["v1", "v2"]


class Damage(NamedTuple):
    """The network's answer: ``map`` (n, rows, cols) logits per cell, ``frame`` (n,) logit of the learned decision."""

    map: Tensor
    frame: Tensor


class BasicBlock(nn.Module):
    """Two 3×3 convolutions and a shortcut (He et al. 2016)."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample: nn.Module | None = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x: Tensor) -> Tensor:
        """(n, inputs, h, w) → (n, outputs, h/stride, w/stride)."""
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        return F.relu(self.bn2(self.conv2(x)) + shortcut, inplace=True)


def fold_blocks(net: nn.Module) -> None:
    """Fuse every convolution of ``net``'s blocks with the batch normalisation behind it, in place; the same function, faster."""
    for block in (m for m in net.modules() if isinstance(m, BasicBlock)):
        block.conv1, block.bn1 = fuse_conv_bn_eval(block.conv1, block.bn1), nn.Identity()  # type: ignore[assignment]
        block.conv2, block.bn2 = fuse_conv_bn_eval(block.conv2, block.bn2), nn.Identity()  # type: ignore[assignment]
        if isinstance(block.downsample, nn.Sequential):
            conv, norm = cast(nn.Conv2d, block.downsample[0]), cast(nn.BatchNorm2d, block.downsample[1])
            block.downsample = fuse_conv_bn_eval(conv, norm)


class SoftArea(nn.Module):
    """The learned decision: k·(mean σ(z/T) − τ) + a·(logit of the worst 2×2 cells − b), in the worst 5×5 cells.

    It begins with τ = 0.07 and a = 0: v1's rule, made smooth. What training adds is how much a small but certain
    damage counts. Windows of 5×5 cells (160 px) make it the same question in a crop, at 144p and at 4K.
    """

    def __init__(self) -> None:
        super().__init__()
        self.k = nn.Parameter(torch.tensor(40.0))
        self.log_t = nn.Parameter(torch.tensor(-0.5))
        self.tau = nn.Parameter(torch.tensor(AREA_LIMIT))
        self.a = nn.Parameter(torch.tensor(0.0))
        self.b = nn.Parameter(torch.tensor(0.0))

    def forward(self, z: Tensor) -> Tensor:
        """(n, rows, cols) logits → (n,) logit."""
        return self.windows(z).amax(dim=(1, 2))

    def windows(self, z: Tensor) -> Tensor:
        """The decision's logit in every window of up to 5×5 cells: (n, rows, cols) → (n, rows − 4, cols − 4)."""
        rows, cols = min(WINDOW, z.shape[1]), min(WINDOW, z.shape[2])
        pair = (min(2, rows), min(2, cols))
        area = F.avg_pool2d(torch.sigmoid(z / self.log_t.exp()).unsqueeze(1), (rows, cols), stride=1)
        worst = F.avg_pool2d(torch.sigmoid(z).unsqueeze(1), pair, stride=1)
        worst = F.max_pool2d(worst, (rows - pair[0] + 1, cols - pair[1] + 1), stride=1).clamp(1e-4, 1 - 1e-4)
        return (self.k * (area - self.tau) + self.a * (torch.logit(worst) - self.b))[:, 0]


class Texture(nn.Module):
    """What blocks look like: pixels of the picture and its change, in steps of 4 and then 8 px that lie on the coding grid.

    It begins with nothing to say (its last layer is zero), so that a head without it can be taken further.
    """

    def __init__(self, outputs: int, width: int = 64) -> None:
        super().__init__()
        self.patches = nn.Conv2d(PIXELS, width, 4, 4)
        self.blocks = nn.Sequential(BasicBlock(width, width, 1), BasicBlock(width, width, 1))
        self.out = nn.Conv2d(width, outputs, 2, 2)
        self.silence()

    def silence(self) -> None:
        """Say nothing, whatever the pixels."""
        for parameter in self.out.parameters():
            nn.init.zeros_(parameter)

    def forward(self, rgb: Tensor, past: Tensor, size: tuple[int, int]) -> Tensor:
        """``rgb`` (n, 3, h, w) and ``past`` (n, 4, h, w) in [0, 1], mirrored at their ends up to ``size`` blocks of 8 px, →
        (n, outputs, *size)."""
        mean, std = (rgb.new_tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
        luma = (rgb * rgb.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
        x = torch.cat([(rgb - mean) / std, ((luma - past) / NOVELTY_SCALE).clamp(-3.0, 3.0)], dim=1)
        down, across = size[0] * GRID_PX - x.shape[2], size[1] * GRID_PX - x.shape[3]
        if down > 0 or across > 0:
            x = F.pad(x, (0, across, 0, down), mode="reflect")
        out: Tensor = self.out(self.blocks(F.relu(self.patches(x.contiguous(memory_format=torch.channels_last)))))
        return out


class EvidenceHead(nn.Module):
    """A second opinion per cell from the measured features of its 8-px blocks (change, what motion from before and after leaves,
    steps on the grid, flatness, colour) and from the look of their pixels.

    A third of the trunk's work: it learns in an hour what the trunk needs days for, and can run on every picture.
    """

    def __init__(self, inputs: int = FEATURES, widths: tuple[int, int, int] = (80, 128, 160)) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("std", torch.ones(inputs))
        fine, middle, coarse = widths
        self.a = nn.Conv2d(inputs, fine, 1)
        self.texture = Texture(fine)
        self.blocks = nn.Sequential(*(BasicBlock(fine, fine, 1) for _ in range(3)))
        self.cells = nn.Sequential(BasicBlock(fine, middle, 2), BasicBlock(middle, coarse, 2))
        self.d = nn.Conv2d(coarse, 1, 1)
        self.drop = nn.Dropout(0.2)

    def forward(self, found: Tensor, rgb: Tensor, past: Tensor) -> Tensor:
        """Features (n, features, 4·rows, 4·cols), pictures (n, 3, h, w) and the luma beside (n, 4, h, w), in [0, 1] → (n, rows, cols)
        logits."""
        mean, std = (t.view(1, -1, 1, 1) for t in (self.get_buffer("mean"), self.get_buffer("std")))
        x = self.a(((found - mean) / std).clamp(-FEATURE_CLIP, FEATURE_CLIP))
        x = F.relu(x + self.texture(rgb, past, (found.shape[2], found.shape[3])))
        out: Tensor = self.d(self.drop(self.cells(self.blocks(x))))[:, 0]
        return out


class CorruptionNet(nn.Module):
    """ResNet18 → conv6 → map; a second stem sees change, what motion leaves of it, and steps on the coding grid.

    224×224 gives 7×7 cells, 1080×1920 gives 34×60.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.novelty = nn.Conv2d(EVIDENCE, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, 1), BasicBlock(64, 64, 1))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2), BasicBlock(128, 128, 1))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2), BasicBlock(256, 256, 1))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2), BasicBlock(512, 512, 1))
        self.conv6 = nn.Conv2d(512, 1, 1, bias=True)
        self.decision = SoftArea()
        self.head = EvidenceHead()
        self.mix = nn.Parameter(
            torch.tensor([1.0, 0.0, 0.0])
        )  # weights of trunk and head in the map's logit, and a bias
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.head.texture.silence()
        nn.init.normal_(self.conv6.weight, std=0.01)
        self.conv6.bias = nn.Parameter(torch.tensor([-2.0]))  # most cells are undamaged

    def forward(self, rgb: Tensor, past: Tensor, cells: Tensor | None = None, opinion: Tensor | None = None) -> Damage:
        """``rgb`` (n, 3, h, w) in [0, 1] and the luma of the pictures before and after, each as it was and as motion makes it,
        (n, 4, h, w) in [0, 1] → damage.

        With ``cells`` (n, features, 4·rows, 4·cols) the head's opinion, read both ways, is mixed in; without, the trunk answers alone.
        ``opinion`` (n, rows, cols) is that of :meth:`twice`, where it is known.
        """
        mean, std = (rgb.new_tensor(v).view(1, 3, 1, 1) for v in (MEAN, STD))
        if cells is not None and self.light:
            return self.glance(rgb, past, cells)
        x = self.conv1((rgb - mean) / std) + self.novelty(evidence(rgb, past))
        x = F.max_pool2d(F.relu(self.bn1(x), inplace=True), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        z = self.conv6(x)[:, 0].float()
        if cells is not None:
            z = self.mix[0] * z + (self.twice(rgb, past, cells) if opinion is None else opinion)
        return self.decided(z)

    def twice(self, rgb: Tensor, past: Tensor, cells: Tensor, glanced: Tensor | None = None) -> Tensor:
        """The head's share of the map's logits, read both ways, (n, rows, cols); the first reading is taken from those of a glance at
        the same pictures where it was ``glanced``."""
        known = None if glanced is None else (glanced - self.mix[2]) / self.mix[1]
        return self.mix[1] * both_ways(self.head, cells, rgb, past, known).float() + self.mix[2]

    def decided(self, z: Tensor) -> Damage:
        """Map logits (n, rows, cols) with the decision about them."""
        return Damage(z, self.decision(z))

    @property
    def headed(self) -> bool:
        """Whether the head has been fitted."""
        return self.mix[1].item() != 0.0

    @property
    def light(self) -> bool:
        """Whether the trunk has no say in these weights, so that it need not run."""
        return not self.training and self.mix[0].item() == 0.0

    def glance(self, rgb: Tensor, past: Tensor, cells: Tensor) -> Damage:
        """The head's answer alone, of one reading and weighed as in the whole: for choosing where to look."""
        z = self.mix[1] * self.head(cells, rgb, past).float() + self.mix[2]
        return self.decided(z)


def evidence(rgb: Tensor, past: Tensor) -> Tensor:
    """What the second stem sees, (n, 11, h, w): the change in luma since the picture before and until the one after, the part of
    each that motion does not explain, the smaller of these two parts, and steps on the 8-px grid of luma and of both.

    Change is in units of 0.15 of full scale, within ±3. Coding blocks begin at multiples of 8 px; damage leaves steps
    there that neither the pixels left nor right of the boundary explain. Pictures are therefore never cut off the grid.
    What neither neighbour explains came and went at once: content seldom does.
    """
    luma = (rgb * rgb.new_tensor(LUMA).view(1, 3, 1, 1)).sum(1, keepdim=True)
    change = luma - past
    left = change[:, 1::2]
    parts = [(v / NOVELTY_SCALE).clamp(-3.0, 3.0) for v in (change, left.abs().amin(1, keepdim=True))]
    parts += [grid_steps(v, axis) for v in (luma, left[:, :1], left[:, 1:]) for axis in (2, 3)]
    return torch.cat(parts, dim=1)


def grid_steps(v: Tensor, axis: int) -> Tensor:
    """Isolated steps at every 8th line along ``axis``: |d(x)| − max(|d(x−1)|, |d(x+1)|), d(x) = v(x) − v(x−1), else 0.

    (n, 1, h, w) → the same shape, in units of 0.05 of full scale, within [0, 3].
    """
    d = torch.diff(v, dim=axis).abs()  # d[i] is the step between i and i + 1
    length = v.shape[axis]
    found = torch.zeros_like(v)
    if length > 2 * GRID_PX:
        at = torch.arange(GRID_PX, length - 1, GRID_PX, device=v.device)
        around = torch.maximum(d.index_select(axis, at - 2), d.index_select(axis, at))
        step = ((d.index_select(axis, at - 1) - around) / STEP_SCALE).clamp(0.0, 3.0)
        found.index_copy_(axis, at, step)
    return found


def area_v1(map_logits: Tensor) -> Tensor:
    """v1's corrupted area: the share of cells above one half, (n, rows, cols) → (n,) in [0, 1]."""
    return (torch.sigmoid(map_logits) > V1_CELL).float().mean(dim=(1, 2))


def from_imagenet(net: CorruptionNet, state: dict[str, Tensor]) -> list[str]:
    """Copy what fits of a torchvision ResNet18 state dict into ``net``; returns the names that were copied."""
    own = net.state_dict()
    fitting = {k: v for k, v in state.items() if k in own and own[k].shape == v.shape}
    net.load_state_dict({**own, **fitting})
    return sorted(fitting)
